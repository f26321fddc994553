# SPDX-License-Identifier: MIT
"""Bus memory and the record of a block's stores (docs/isa.md sections 2 and 10)."""

PAGE = 1 << 12
WINDOWS = ("IMEM", "PARAM", "IBUF", "OBUF", "SIMD")


class SparseBytes:
    """Bytes by address, zero where nothing was written."""

    def __init__(self):
        self.pages = {}

    @staticmethod
    def _pieces(address, size):
        """(page, offset in it, position in the access, length) of an access."""
        done = 0
        while done < size:
            page, offset = divmod(address + done, PAGE)
            length = min(PAGE - offset, size - done)
            yield page, offset, done, length
            done += length

    def read(self, address, size):
        out = bytearray(size)
        for page, offset, done, length in self._pieces(address, size):
            data = self.pages.get(page)
            if data is not None:
                out[done:done + length] = data[offset:offset + length]
        return bytes(out)

    def write(self, address, data):
        for page, offset, done, length in self._pieces(address, len(data)):
            target = self.pages.setdefault(page, bytearray(PAGE))
            target[offset:offset + length] = data[done:done + length]


class Memory(SparseBytes):
    """The memory on the bus. With regions, an access must lie within one of them."""

    def __init__(self, regions=None):
        super().__init__()
        self.regions = regions

    def allows(self, address, size, store):
        if self.regions is None:
            return True
        return any(region["base"] <= address and
                   address + size <= region["base"] + region["size"] and
                   (region["writable"] or not store) for region in self.regions)


class StoreRecord:
    """Which bytes the current block stored, and through which channel."""

    def __init__(self):
        self.channel = SparseBytes()

    def clear(self):
        self.channel = SparseBytes()

    def add(self, window, address, size):
        self.channel.write(address, bytes([1 + WINDOWS.index(window)]) * size)

    def conflicts(self, window, address, size):
        """Whether a byte of the access was stored through another channel."""
        own = 1 + WINDOWS.index(window)
        return any(value not in (0, own) for value in set(self.channel.read(address, size)))
