"""Large literals and attachments: in a temporary file while they are worked on, so that memory stays small.

Files have no name and vanish with the last reference, also when the process is killed.
"""

import contextlib
import mmap
import os
import tempfile

# From this size on bytes go to a file.
LARGE = 8_000_000
CHUNK = 1 << 20


class NoRoom(OSError):
    """The disk is full, or there is no folder for temporary files."""


class LargeBytes(mmap.mmap):
    """Bytes in a file, mapped into memory. Slices are ``bytes``, so whoever takes all of it takes a copy.

    Pages that were looked at are given back; the file's content stays in the system's cache as long as there is room.
    """

    @classmethod
    def gather(cls, pieces, size=None):
        """Write the pieces to a file and return the whole.

        :param pieces: an iterable of ``bytes``; its errors come out
        :param size: the number of bytes, if known: then room is reserved before the first piece is taken
        :raise NoRoom: when there is none on the disk; without ``size`` also in the middle
        """
        with contextlib.ExitStack() as stack:
            try:
                file = stack.enter_context(tempfile.TemporaryFile(buffering=0))
                if size:
                    os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                raise NoRoom from error
            for piece in pieces:
                _write(file, piece)
            return cls(file.fileno(), 0, access=mmap.ACCESS_READ) if file.tell() else b""

    def __contains__(self, part):
        return self.find(part) >= 0

    def find(self, part, start=0, end=None):
        end = len(self) if end is None else min(end, len(self))
        while start + len(part) <= end:
            stop = min(end, start + CHUNK + len(part) - 1)
            found = super().find(part, start, stop)
            if found >= 0:
                return found
            start = stop - len(part) + 1
            self.forget_pages()
        return -1

    def chunks(self, start, end):
        """Yield ``self[start:end]`` piece by piece."""
        for position in range(start, end, CHUNK):
            yield self[position : min(position + CHUNK, end)]
            self.forget_pages()

    def forget_pages(self):
        with contextlib.suppress(OSError):
            self.madvise(mmap.MADV_DONTNEED)


def _write(file, piece):
    left = memoryview(piece)
    while left:
        try:
            left = left[file.write(left) :]
        except OSError as error:
            raise NoRoom from error
