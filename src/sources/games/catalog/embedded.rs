//! The built-in entries.

/// Each entry's file and its text.
pub(super) static ENTRIES: &[(&str, &str)] = &[
    (
        "7-days-to-die.json",
        include_str!("entries/7-days-to-die.json"),
    ),
    (
        "ark-ascended.json",
        include_str!("entries/ark-ascended.json"),
    ),
    ("ark.json", include_str!("entries/ark.json")),
    (
        "conan-exiles.json",
        include_str!("entries/conan-exiles.json"),
    ),
    ("core-keeper.json", include_str!("entries/core-keeper.json")),
    ("cs2.json", include_str!("entries/cs2.json")),
    ("enshrouded.json", include_str!("entries/enshrouded.json")),
    ("factorio.json", include_str!("entries/factorio.json")),
    ("fivem.json", include_str!("entries/fivem.json")),
    ("garrys-mod.json", include_str!("entries/garrys-mod.json")),
    ("luanti.json", include_str!("entries/luanti.json")),
    (
        "minecraft-bedrock.json",
        include_str!("entries/minecraft-bedrock.json"),
    ),
    (
        "minecraft-java.json",
        include_str!("entries/minecraft-java.json"),
    ),
    ("mumble.json", include_str!("entries/mumble.json")),
    ("openarena.json", include_str!("entries/openarena.json")),
    ("openttd.json", include_str!("entries/openttd.json")),
    ("palworld.json", include_str!("entries/palworld.json")),
    (
        "project-zomboid.json",
        include_str!("entries/project-zomboid.json"),
    ),
    ("rust.json", include_str!("entries/rust.json")),
    (
        "satisfactory.json",
        include_str!("entries/satisfactory.json"),
    ),
    (
        "sons-of-the-forest.json",
        include_str!("entries/sons-of-the-forest.json"),
    ),
    ("teamspeak.json", include_str!("entries/teamspeak.json")),
    ("teeworlds.json", include_str!("entries/teeworlds.json")),
    (
        "terraria-vanilla.json",
        include_str!("entries/terraria-vanilla.json"),
    ),
    ("terraria.json", include_str!("entries/terraria.json")),
    ("unturned.json", include_str!("entries/unturned.json")),
    ("v-rising.json", include_str!("entries/v-rising.json")),
    ("valheim.json", include_str!("entries/valheim.json")),
];
