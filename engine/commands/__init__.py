"""What each message does."""

from .refusals import explained as explained
from .registry import COMMANDS as COMMANDS
from .registry import Command as Command
from .registry import unknown as unknown
