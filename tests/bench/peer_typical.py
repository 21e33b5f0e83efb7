"""Peer: a typical FastAPI and SQLAlchemy application.

Pages by number and size, counts every result, maps rows through the ORM and a
Pydantic model. The environment gives DATABASE_URL.
"""

import os
from datetime import date as Date
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, create_engine, func, make_url, select, text
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    joinedload,
    mapped_column,
    relationship,
    sessionmaker,
)

url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg2")
engine = create_engine(url, pool_size=20, max_overflow=0)
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


class Station(Base):
    __tablename__ = "station"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]


class Weather(Base):
    __tablename__ = "weather"
    station_key: Mapped[int] = mapped_column(
        "station_id", ForeignKey("station.id"), primary_key=True
    )
    date: Mapped[Date] = mapped_column(primary_key=True)
    tmax_tenths: Mapped[int | None] = mapped_column("tmax")
    tmin_tenths: Mapped[int | None] = mapped_column("tmin")
    prcp_tenths: Mapped[int | None] = mapped_column("prcp")
    station: Mapped[Station] = relationship()

    @property
    def station_id(self):
        return self.station.code

    @property
    def tmax(self):
        return None if self.tmax_tenths is None else self.tmax_tenths / 10

    @property
    def tmin(self):
        return None if self.tmin_tenths is None else self.tmin_tenths / 10

    @property
    def prcp(self):
        return None if self.prcp_tenths is None else self.prcp_tenths / 10


class WeatherStats(Base):
    __tablename__ = "weather_stats"
    station_key: Mapped[int] = mapped_column(
        "station_id", ForeignKey("station.id"), primary_key=True
    )
    year: Mapped[int] = mapped_column(primary_key=True)
    avg_tmax: Mapped[float | None]
    avg_tmin: Mapped[float | None]
    total_prcp: Mapped[float | None]
    station: Mapped[Station] = relationship()

    @property
    def station_id(self):
        return self.station.code


class WeatherOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    station_id: str
    date: Date
    tmax: float | None
    tmin: float | None
    prcp: float | None


class StatsOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    station_id: str
    year: int
    avg_tmax: float | None
    avg_tmin: float | None
    total_prcp: float | None


class Pagination(BaseModel):
    page: int
    page_size: int
    total: int


class WeatherPage(BaseModel):
    data: list[WeatherOut]
    pagination: Pagination


class StatsPage(BaseModel):
    data: list[StatsOut]
    pagination: Pagination


PageNumber = Annotated[int, Query(ge=1)]
PageSize = Annotated[int, Query(ge=1, le=1000)]

app = FastAPI(title="Weather API")


def find_station_key(session, code):
    key = session.scalar(select(Station.id).where(Station.code == code))
    if key is None:
        raise HTTPException(status_code=404, detail=f"no station {code}")
    return key


def paginate(session, model, filters, order, page, page_size):
    total = session.scalar(select(func.count()).select_from(model).where(*filters))
    query = select(model).options(joinedload(model.station)).where(*filters)
    query = query.order_by(*order).offset((page - 1) * page_size).limit(page_size)
    pagination = Pagination(page=page, page_size=page_size, total=total)
    return {"data": session.scalars(query).all(), "pagination": pagination}


# The handlers close their session themselves. As a dependency it would be closed
# on the thread pool after the answer, and under load every thread of that pool
# can be waiting for a connection that only such a clean-up would give back.
@app.get("/api/weather", response_model=WeatherPage)
def list_weather(
    station_id: str | None = None,
    date: Date | None = None,
    page: PageNumber = 1,
    page_size: PageSize = 100,
):
    with SessionLocal() as session:
        filters = []
        if station_id is not None:
            filters.append(Weather.station_key == find_station_key(session, station_id))
        if date is not None:
            filters.append(Weather.date == date)
        order = (Weather.station_key, Weather.date)
        return paginate(session, Weather, filters, order, page, page_size)


@app.get("/api/weather/stats", response_model=StatsPage)
def list_stats(
    station_id: str | None = None,
    year: int | None = None,
    page: PageNumber = 1,
    page_size: PageSize = 100,
):
    with SessionLocal() as session:
        filters = []
        if station_id is not None:
            filters.append(WeatherStats.station_key == find_station_key(session, station_id))
        if year is not None:
            filters.append(WeatherStats.year == year)
        order = (WeatherStats.station_key, WeatherStats.year)
        return paginate(session, WeatherStats, filters, order, page, page_size)


@app.get("/readyz")
def readyz():
    with SessionLocal() as session:
        session.execute(text("SELECT 1"))
    return {"status": "ok"}
