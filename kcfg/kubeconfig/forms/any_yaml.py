"""Any YAML or JSON: the whole text through the parser, which decides what it means and what is wrong with it."""

from __future__ import annotations

from kcfg.kubeconfig.decode import decode
from kcfg.kubeconfig.model import SECTIONS, name_of
from kcfg.yaml.parse import parse_yaml
from kcfg.yaml.text import encode_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kcfg.kubeconfig.edits import Edits
    from kcfg.kubeconfig.model import Body
    from kcfg.yaml.parse import Document


class AnyYaml:
    """A text and its document."""

    def __init__(self, raw: bytes, source: str) -> None:
        self._raw = raw
        self._document = parse_yaml(raw, source)
        self._items: dict[tuple[str, str], Body] | None = None
        self.config = decode(self._document)

    def item(self, section: str, name: str) -> Body:
        """Return an entry as it is written: an item of its section's list."""
        if self._items is None:
            value = self._document.value
            self._items = {(part, name_of(each)): each or {} for part in SECTIONS for each in value.get(part) or []}
        return self._items[section, name]

    def top(self, field: str) -> object:
        """Return a field beside the entries as written."""
        return (self._document.value or {}).get(field)

    def edited(self, edits: Edits) -> bytes:
        """Return the bytes with the edits made; encoding, byte-order mark and all other lines stay.

        Raises KubeconfigError where the text is written in a way that cannot be edited in place.
        """
        return encode_like(self._raw, edited_text(self._document, edits))


def edited_text(document: Document, edits: Edits) -> str:
    """Return a document's text with the edits made; what kubectl would refuse is an error, and never written."""
    from kcfg.yaml.edit import edit_text
    from kcfg.yaml.emit import dump_yaml

    text, steps = document.text, edits.steps(document.value or {})
    if not text:
        return dump_yaml(steps[-1])
    for wanted in steps:
        text = edit_text(text, document.source, wanted)
    decode(parsed(text, document.source))
    return text


def parsed(text: str, source: str) -> Document:
    """Return a text's document."""
    return parse_yaml(text.encode("utf-8", "surrogatepass"), source)


def read(raw: bytes, source: str) -> AnyYaml:
    """Read a text. Raises KubeconfigError with every Problem where it is no kubeconfig."""
    return AnyYaml(raw, source)
