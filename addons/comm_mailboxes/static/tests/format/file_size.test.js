import { describe, expect, test } from "@odoo/hoot";
import { allowTranslations, makeMockEnv, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { localization } from "@web/core/l10n/localization";
import { fileSize } from "@comm_mailboxes/format/file_size";

describe.current.tags("headless");

test("sizes are short, and in the user's way to write numbers", async () => {
    allowTranslations();
    await makeMockEnv();
    const KILO = 1024;
    expect(String(fileSize(0))).toBe("0 kB");
    expect(String(fileSize(181))).toBe("1 kB");
    expect(String(fileSize(20 * KILO))).toBe("20 kB");
    expect(String(fileSize(3 * KILO ** 2 + 400000))).toBe("3.4 MB");
    expect(String(fileSize(15 * KILO ** 3))).toBe("15.0 GB");
    patchWithCleanup(localization, { decimalPoint: "," });
    expect(String(fileSize(3 * KILO ** 2 + 400000))).toBe("3,4 MB");
});
