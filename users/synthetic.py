"""Synthetic accounts: the creators, and the people who look at their works. No password opens them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zlib import crc32

from genonaut.seeding import Block, Dataset, NumberedTable
from users.models import User


def names(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


FIRST_NAMES = names(
    """
    Ada Aiko Alma Amara Anouk Arlo Asha Bela Bruno Camille Chidi Clara Dario Devi Edda Elio Emeka Esme Farid Freya
    Gala Goran Hana Hugo Ines Ivo Jonas Juno Kaito Kira Lars Leila Linh Lucía Magnus Mara Matteo Mei Milo Nadia Nils
    Noor Odile Oskar Paloma Petra Priya Quinn Rafael Rosa Ravi Saoirse Selma Soren Tamar Theo Tuva Uma Viggo Vera
    Wren Xenia Yara Zeno
    """
)
LAST_NAMES = names(
    """
    Abara Achterberg Almeida Andersson Arslan Balogun Barros Beck Bianchi Björk Brandt Carvalho Castellan Chen Cohen
    Costa Dahl Delacroix Dimitrov Duarte Eklund Fairweather Farkas Ferrari Fischer Fontaine Garcia Gomez Greene
    Grimaldi Haddad Hansen Harlow Hashimoto Hoffmann Holt Ibarra Ito Ivanova Jansen Jensen Kaplan Kaur Keller Khan
    Kim Kowalski Kuznetsov Lang Larsson Leclerc Lehmann Lindqvist Lopez Marchetti Marlowe Mbeki Mendes Moreau Mori
    Murphy Nakamura Navarro Nguyen Nowak Nyström O'Brien Okafor Okoye Olsen Orlov Osei Park Pereira Petrov Quist
    Ramos Reyes Ricci Rossi Roux Saito Sandoval Santos Sato Schneider Seidel Sharma Silva Singh Solberg Sørensen
    Stern Suzuki Takahashi Tanaka Thorne Torres Tran Ueda Vance Varga Vasquez Virtanen Vogt Volkov Wagner Walsh
    Weber Weiss Winter Wolff Yamada Yilmaz Young Zhang Zielinski Ziegler
    """
)
EPOCH = datetime(2020, 7, 1)  # UTC; the data set spans five years from here
SPAN = timedelta(days=5 * 365)
FEWEST = 20
ITEMS_PER_USER = 50
INACTIVE_SHARE = 0.02


def count(dataset: Dataset) -> int:
    """Return how many accounts a data set has."""
    return max(FEWEST, dataset.rows // ITEMS_PER_USER)


def name(dataset: Dataset, number: int) -> str:
    """Return the name of an account."""
    mixed = crc32(f"{dataset.name}/{number}".encode())
    return f"{FIRST_NAMES[mixed % len(FIRST_NAMES)]} {LAST_NAMES[mixed // 64 % len(LAST_NAMES)]}"


def username(dataset: Dataset, number: int) -> str:
    """Return the username of an account: its name, its number and its data set, so that no other account has it."""
    slug = name(dataset, number).lower().replace(" ", "-").replace("'", "")
    return f"{slug}-{number}-{dataset.name}"


def lines(block: Block) -> Iterator[str]:
    """Give the accounts of a block: they joined one after the other over the five years."""
    random, dataset = block.random("users"), block.dataset
    total = count(dataset)
    for number in range(block.first, block.first + block.rows):
        joined = (EPOCH - timedelta(days=30) + SPAN * (number / total)).isoformat(" ", "seconds")
        is_active = "f" if number and random.random() < INACTIVE_SHARE else "t"
        fields = (username(dataset, number), name(dataset, number), is_active, joined)
        yield f"{dataset.first_ids[User] + number}\t!\tf\tf\t\t{{}}\t" + "\t".join(fields) + "+00"


TABLE = NumberedTable(
    model=User,
    columns=(
        *("id", "password", "is_superuser", "is_staff", "email", "preferences"),
        *("username", "name", "is_active", "created_at"),
    ),
    lines=lines,
    count=count,
    key_column="username",
    key=username,
)
TABLES = (TABLE,)
