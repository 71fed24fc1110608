"""The pages of trackers: a form that is tried on the history, and what saved ones found."""
from fastapi import APIRouter
routes = APIRouter(include_in_schema=False)
