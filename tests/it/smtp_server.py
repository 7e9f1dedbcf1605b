"""A mail server from PyPI that refuses the first message for now and prints all others."""

import json
import sys

from aiosmtpd.controller import Controller


class Keeper:
    refused = False

    async def handle_DATA(self, server, session, envelope):
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "taken": self.refused,
            "text": envelope.content.decode("utf-8", "replace"),
        }
        print(json.dumps(mail), flush=True)
        if not self.refused:
            Keeper.refused = True
            return "451 4.3.0 try again later"
        return "250 2.0.0 kept"


controller = Controller(Keeper(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print("ready", flush=True)
sys.stdin.read()
