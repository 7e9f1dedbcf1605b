-- What is routed by, and what keeps people from being told of an alert; JSON both.
ALTER TABLE alerts ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
ALTER TABLE alerts ADD COLUMN hold TEXT CHECK (json_valid(hold));
