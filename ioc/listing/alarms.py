"""PVs as Phoebus' alarm server imports them: those that operators are given guidance for."""

from __future__ import annotations

from xml.etree import ElementTree

from ..pvs.declaration import Guidance
from .listed import Listed, Listing

__all__ = ["CONFIG_NAME", "as_alarms"]

CONFIG_NAME = "Accelerator"
"""What an alarm server calls its configuration unless it is told another name."""


def as_alarms(listing: Listing, name: str = CONFIG_NAME) -> str:
    """A configuration of this name, which has to be the alarm server's own: `alarm-server -config NAME -import FILE`.

    The engine is one component, called by its prefix.
    """
    config = ElementTree.Element("config", name=name)
    watched = [(pv, guidance) for pv in listing.pvs if (guidance := pv.declared.guidance) is not None]
    component = ElementTree.SubElement(config, "component", name=listing.prefix.rstrip(":-_"))
    for pv, guidance in watched:
        _add(component, pv, guidance)
    ElementTree.indent(config)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(config, encoding="unicode")


def _add(component: ElementTree.Element, pv: Listed, guidance: Guidance) -> None:
    entry = ElementTree.SubElement(component, "pv", name=pv.name)
    said = {
        "description": pv.declared.description,
        "enabled": "true",
        "latching": str(guidance.latching).lower(),
        "annunciating": str(guidance.annunciating).lower(),
        "delay": str(guidance.delay),
    }
    for tag, text in said.items():
        ElementTree.SubElement(entry, tag).text = text
    shown = ElementTree.SubElement(entry, "guidance")
    ElementTree.SubElement(shown, "title").text = "What to do"
    ElementTree.SubElement(shown, "details").text = guidance.text
