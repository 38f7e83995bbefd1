"""`manage.py waffle_switch ranked_pages off`: turn a switch; in waffle's place, which would make one of any name."""

from argparse import SUPPRESS

from django.core.management.base import BaseCommand, CommandError, CommandParser

from genonaut.flags import Flag, forget, is_on, turn


class Command(BaseCommand):
    """Turns a switch off or on, in every running process within seconds."""

    help = "Turn a feature switch off or on; every running process follows within seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a switch and its new state; without them, list all."""
        parser.add_argument("name", nargs="?", choices=list(map(str, Flag)), help="the switch")
        parser.add_argument("state", nargs="?", choices=["on", "off"], help="what it is to be")
        parser.add_argument("-l", "--list", action="store_true", help="list the switches instead")
        # waffle's command needs it for a switch that has no row yet; here it changes nothing.
        parser.add_argument("--create", action="store_true", help=SUPPRESS)

    def handle(self, *, name: str | None, state: str | None, list: bool, **options: object) -> None:
        """Turn the switch, or list all. Raises CommandError when a switch is named and no state."""
        if list or name is None:
            forget()
            self.stdout.writelines(f"{flag}: {'on' if is_on(flag) else 'off'}\n" for flag in Flag)
            return
        if state is None:
            raise CommandError(f"Say what {name} is to be: on or off.")
        turn(Flag(name), is_on=state == "on")
        self.stdout.write(f"{name} is {state}; every running process knows within seconds.")
