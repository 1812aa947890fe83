import { describe, expect, test } from "@odoo/hoot";
import { Deferred } from "@odoo/hoot-mock";
import { Latest } from "@comm_folders/manager/latest";

describe.current.tags("headless");

test("who waits for an answer that does not count any more goes on without it", async () => {
    const latest = new Latest();
    const [early, failing, late] = [new Deferred(), new Deferred(), new Deferred()];
    const answers = Promise.all([early, failing, late].map((promise) => latest.add(promise)));
    late.resolve("late");
    early.resolve("early");
    failing.reject(new Error("of no interest"));
    expect(await answers).toEqual([undefined, undefined, "late"]);
});

test("the failure of the last one is told", async () => {
    const latest = new Latest();
    await expect(latest.add(Promise.reject(new Error("refused")))).rejects.toThrow("refused");
});
