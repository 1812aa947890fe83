import { describe, expect, test } from "@odoo/hoot";
import { distinctNames, shortDate, splitAddress } from "@comm_folders/manager/message_format";

const { DateTime } = luxon;

describe.current.tags("headless");

test("addresses", () => {
    const cases = [
        ['"Müller, Anna" <anna@example.com>', "Müller, Anna", "anna@example.com"],
        ["Anna <anna@example.com>", "Anna", "anna@example.com"],
        ['"A \\"B\\" C" <a@example.com>', 'A "B" C', "a@example.com"],
        ["<anna@example.com>", "anna@example.com", ""],
        ["anna@example.com", "anna@example.com", ""],
        ["", "", ""],
        [false, "", ""],
        ["Anna <broken", "Anna <broken", ""],
    ];
    for (const [header, name, address] of cases) {
        expect(splitAddress(header)).toEqual({ name, address });
    }
});

test("files of one name are numbered", () => {
    const cases = [
        [
            ["a.png", "b.png"],
            ["a.png", "b.png"],
        ],
        [
            ["a.png", "A.png", "a.png"],
            ["a.png", "A (2).png", "a (3).png"],
        ],
        [
            ["a.png", "a (2).png", "a.png"],
            ["a.png", "a (2).png", "a (3).png"],
        ],
        [
            ["README", "README", ".env", ".env"],
            ["README", "README (2)", ".env", ".env (2)"],
        ],
        [
            ["one.tar.gz", "one.tar.gz"],
            ["one.tar.gz", "one.tar (2).gz"],
        ],
    ];
    for (const [names, distinct] of cases) {
        expect(distinctNames(names)).toEqual(distinct);
    }
});

test("dates are as short as they stay clear", () => {
    const now = DateTime.fromISO("2026-11-05T12:00:00", { locale: "en-US" });
    const short = (iso) => shortDate(DateTime.fromISO(iso, { locale: "en-US" }), now).replace(/\s/g, " ");
    expect(short("2026-11-05T09:05:00")).toBe("9:05 AM");
    expect(short("2026-11-03T09:05:00")).toBe("Tue 9:05 AM");
    expect(short("2026-10-01T09:05:00")).toBe("Oct 1");
    expect(short("2025-10-01T09:05:00")).toBe("10/1/2025");
    // A sender's clock may run ahead.
    expect(short("2026-11-07T09:05:00")).toBe("11/7/2026");
    expect(shortDate(false)).toBe("");
});
