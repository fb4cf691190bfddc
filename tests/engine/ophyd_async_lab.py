"""Devices of ophyd-async, connected in mock mode on an engine's loop."""

import asyncio
import warnings

from ophyd_async.core import callback_on_mock_put, init_devices, set_mock_value, soft_signal_rw
from ophyd_async.epics.demo import DemoPointDetector
from ophyd_async.epics.motor import Motor


class Laboratory:
    """Two motors, a detector that sees where they are, and a plain signal: connected in mock mode."""

    def __init__(self, RE):
        self.RE = RE
        self.connect(self._make())

    def connect(self, making):
        """Run a coroutine on the engine's loop."""
        return asyncio.run_coroutine_threadsafe(making, self.RE.loop).result(timeout=20)

    async def _make(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            async with init_devices(mock=True):
                m1, m2 = Motor("m1"), Motor("m2")
                det = DemoPointDetector("det:", num_channels=2)
            async with init_devices():
                knob = soft_signal_rw(float, 0.5, units="V")
        self.m1, self.m2, self.det, self.knob = m1, m2, det, knob
        callback_on_mock_put(m1.user_setpoint, self._seen_by(m1, det.channel[1]))
        callback_on_mock_put(m2.user_setpoint, self._seen_by(m2, det.channel[2]))

    def _seen_by(self, motor, channel):
        def arrive(value):
            set_mock_value(motor.user_readback, value)
            set_mock_value(channel.value, int(100 * value))

        return arrive
