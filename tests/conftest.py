"""For all tests."""

import signal

# A shell that starts the tests in the background has SIGINT ignored, for them and for all that they start; then nothing
# that is to be ended by Ctrl-C can be tested.
signal.signal(signal.SIGINT, signal.default_int_handler)
