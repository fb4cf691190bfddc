"""What each message does."""

from .registry import COMMANDS as COMMANDS
from .registry import Command as Command
from .registry import unknown as unknown
