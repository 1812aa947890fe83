"""Which program a rate is limited by: CPU seconds of everybody who takes part, beside the seconds that passed."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """``programs``: CPU seconds by name; ``others``: what strangers took of the machine meanwhile."""

    seconds: float
    programs: dict[str, float]
    others: float
    cores: int

    @property
    def cores_used(self):
        """How many cores those who took part kept busy."""
        return sum(self.programs.values()) / self.seconds

    def __str__(self):
        told = " + ".join(f"{name} {seconds:.2f}" for name, seconds in self.programs.items())
        text = f"{told} CPU s in {self.seconds:.2f} s: {self.cores_used:.2f} of {self.cores} cores"
        share = self.others / self.seconds
        return f"{text}, strangers {share:.2f}" if share >= 0.05 else text


class Programs:
    """The programs that take part: PostgreSQL and the mail server always, Odoo as a server of its own or in this process.

    :param odoo: the process of an Odoo server, None for this process
    """

    def __init__(self, database, lab, odoo=None):
        with database.registry.cursor() as cr:
            cr.execute("SELECT pg_backend_pid()")
            self._postgres = _parent(cr.fetchone()[0])
        self._dovecot = lab.server_pid
        self._odoo = odoo

    def watch(self, work, client="Odoo", server=None):
        """Do the work and return what it took.

        :param client: whose CPU seconds those are that neither PostgreSQL nor the mail server took: Odoo, or a program
            that this process starts and waits for
        :param server: name and process of another mail server than the lab's Dovecot
        """
        server = server or ("Dovecot", self._dovecot)
        before, (busy_before, _) = self._seconds(client, server), _machine()
        started = time.perf_counter()
        work()
        seconds = time.perf_counter() - started
        after, (busy, cores) = self._seconds(client, server), _machine()
        programs = {name: after[name] - before[name] for name in after}
        return Spent(seconds, programs, max(0.0, busy - busy_before - sum(programs.values())), cores)

    def _seconds(self, client, server):
        if client != "Odoo":
            times = os.times()
            ours = times.children_user + times.children_system
        elif self._odoo:
            ours = cpu_of_tree(self._odoo)
        else:
            ours = time.process_time()
        name, pid = server
        found = {client: ours, name: cpu_of_tree(pid)}
        if client == "Odoo":
            found["PostgreSQL"] = cpu_of_tree(self._postgres)
        return found


_BUSY = """
import time
end, done = time.perf_counter() + 2, 0
while time.perf_counter() < end:
    done += sum(range(9)) > 0
print(done)
"""


def work_of_two():
    """Return how many times the work of one busy process two of them do at once on this machine, of whatever program.

    That is less than two where what the system calls cores are halves of one.
    """

    def work(number):
        busy = [subprocess.Popen([sys.executable, "-c", _BUSY], stdout=subprocess.PIPE) for _each in range(number)]
        return sum(int(process.communicate()[0]) for process in busy)

    return work(2) / work(1)


def cpu_of_tree(root):
    """Return the CPU seconds of a process and all below it, those that ended included."""
    parents, spent = {}, {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
            spent[int(entry.name)] = sum(map(int, fields[11:15])) / _TICKS

    def is_below(pid):
        while pid and pid != root:
            pid = parents.get(pid)
        return pid == root

    return sum(seconds for pid, seconds in spent.items() if is_below(pid))


def _stat(pid):
    try:
        # The name of a program may hold blanks and parentheses.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _parent(pid):
    return int(_stat(pid)[1])


def _machine():
    """Return the CPU seconds that the whole machine has worked since its start, and its number of cores."""
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    user, nice, system, _idle, _waiting, irq, soft_irq = map(int, lines[0].split()[1:8])
    return (user + nice + system + irq + soft_irq) / _TICKS, sum(line.startswith("cpu") for line in lines) - 1
