"""Publishing a field."""

from typing import Any


async def show(field: Any, value: Any) -> None:
    """Publish a field that changed, without asking its putter."""
    if field.value != value:
        await field.write(value, verify_value=False)
