"""What was recorded of a run."""

from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """The documents of a run, in their order."""

    documents: tuple[tuple[str, Document], ...]

    @property
    def start(self) -> Document:
        """The RunStart."""
        return self.named("start")[0]

    @property
    def stop(self) -> Document:
        """The RunStop. Raises IndexError while the run is open."""
        return self.named("stop")[0]

    @property
    def exit_status(self) -> str:
        """`success`, `abort`, `fail`: how it ended."""
        return self.stop["exit_status"]

    def named(self, name: str) -> list[Document]:
        """The documents of this name, such as `descriptor`."""
        return [document for each, document in self.documents if each == name]

    def events(self, stream: str = "primary") -> list[Document]:
        """The events of a stream, pages taken apart."""
        of = {each["uid"] for each in self.named("descriptor") if each.get("name") == stream}
        found = []
        for name, document in self.documents:
            if document.get("descriptor") not in of:
                continue
            if name == "event":
                found.append(document)
            elif name == "event_page":
                found += _events_of(document)
        return found

    def data(self, field: str, stream: str = "primary") -> list[Any]:
        """What was read of a field, a value per event. Raises LookupError if the stream has no such field."""
        events = self.events(stream)
        for event in events:
            if field not in event["data"]:
                raise LookupError(f"no {field!r} in the stream {stream!r}; it has {', '.join(event['data'])}")
        return [event["data"][field] for event in events]


def _events_of(page: Document) -> list[Document]:
    return [
        {
            "uid": page["uid"][index],
            "time": page["time"][index],
            "seq_num": page["seq_num"][index],
            "descriptor": page["descriptor"],
            "data": {key: column[index] for key, column in page["data"].items()},
            "timestamps": {key: column[index] for key, column in page["timestamps"].items()},
            "filled": {key: column[index] for key, column in page.get("filled", {}).items()},
        }
        for index in range(len(page["seq_num"]))
    ]
