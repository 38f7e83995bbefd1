"""Public items, newest first, 50 a page, as the docs of fastapi-pagination and of sqlakeyset have it.

Sources: uriyyo-fastapi-pagination.netlify.app, SQLAlchemy; the README of sqlakeyset; sqlalchemy.org, asyncio. Both get
what is good practice beside: only the columns shown, the creator joined, an order that ends in the primary key.
"""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi_pagination import Page, add_pagination
from fastapi_pagination.cursor import CursorPage
from fastapi_pagination.ext.sqlalchemy import apaginate
from pydantic import BaseModel, ConfigDict
from sqlakeyset.asyncio import select_page
from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship

PAGE_SIZE = 50


class Base(DeclarativeBase):
    """The declarative base."""


class User(Base):
    """Who made an item."""

    __tablename__ = "users_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    name: Mapped[str]


class Item(Base):
    """The columns of an item that a card shows."""

    __tablename__ = "content_contentitem"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    content_type: Mapped[str]
    source: Mapped[str]
    quality_score: Mapped[float | None]
    is_private: Mapped[bool]
    seed: Mapped[int]
    created_at: Mapped[datetime]
    creator_id: Mapped[int | None] = mapped_column(ForeignKey("users_user.id"))
    creator: Mapped[User | None] = relationship()


class UserOut(BaseModel):
    """Who made an item, as it is sent."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    username: str
    name: str


class ItemOut(BaseModel):
    """An item, as it is sent."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    title: str
    content_type: str
    source: str
    quality_score: float | None
    is_private: bool
    seed: int
    created_at: datetime
    creator: UserOut | None


class KeysetPage(BaseModel):
    """A page of sqlakeyset, as it is sent."""

    items: list[ItemOut]
    next: str | None


engine = create_async_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:", 1))
make_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
add_pagination(app)


async def session() -> AsyncIterator[AsyncSession]:
    """Lend a session to one request."""
    async with make_session() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


def items() -> Select[tuple[Item]]:
    """Return the public items in order, their creators joined."""
    creator = joinedload(Item.creator).load_only(User.username, User.name)
    return select(Item).options(creator).where(~Item.is_private).order_by(Item.created_at.desc(), Item.id.desc())


@app.get("/pages/")
async def pages(session: Session) -> Page[ItemOut]:
    """fastapi-pagination, by number."""
    return await apaginate(session, items())


@app.get("/cursors/")
async def cursors(session: Session) -> CursorPage[ItemOut]:
    """fastapi-pagination, by cursor."""
    return await apaginate(session, items())


@app.get("/keyset/")
async def keyset(session: Session, page: str | None = None) -> KeysetPage:
    """sqlakeyset."""
    found = await select_page(session, items(), per_page=PAGE_SIZE, page=page)
    following = found.paging.bookmark_next if found.paging.has_next else None
    return KeysetPage(items=[ItemOut.model_validate(row[0]) for row in found], next=following)
