"""Writes pgbouncer.ini from a file of values: python3 fill.py values.env > /etc/pgbouncer/pgbouncer.ini"""

import re
import sys
from pathlib import Path
from string import Template

TEMPLATE = Path(__file__).with_name("pgbouncer.ini.template")
# What PgBouncer's own grammar would take for more than a value.
FORBIDDEN = re.compile(r"[\s;'\"]")


def read_values(text: str) -> dict[str, str]:
    """Return the values of lines like `name=value`; comments are passed over. Raises ValueError for any other line."""
    values = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, separator, value = stripped.partition("=")
        if not separator or FORBIDDEN.search(value):
            raise ValueError(f"line {number} is not of the form name=value, without spaces, quotes and semicolons")
        values[name] = value
    return values


def fill(values: dict[str, str]) -> str:
    """Return the text of pgbouncer.ini. Raises ValueError if a value is missing or has no use."""
    template = Template(TEMPLATE.read_text())
    wanted = set(template.get_identifiers())
    wrong = [f"{name} is missing" for name in sorted(wanted - values.keys())]
    wrong += [f"{name} is unknown" for name in sorted(values.keys() - wanted)]
    if wrong:
        raise ValueError("; ".join(wrong))
    filled = template.substitute(values)
    for name in [name for name, value in values.items() if not value]:
        filled = re.sub(rf"^{name} = \n", "", filled, flags=re.MULTILINE)
    return filled


def main() -> None:
    """Print the file, or say what is wrong with the values."""
    try:
        print(fill(read_values(Path(sys.argv[1]).read_text())), end="")
    except (IndexError, OSError, ValueError) as error:
        sys.exit(f"{error}\nUsage: python3 {sys.argv[0]} values.env")


if __name__ == "__main__":
    main()
