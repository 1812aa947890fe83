import { describe, expect, test } from "@odoo/hoot";
import {
    doubtsAbout,
    formatAddress,
    htmlToText,
    isAddress,
    joinAddresses,
    mentionsAttachment,
    ownText,
    parseAddress,
    parseAddresses,
    splitAddresses,
    textToHtml,
    withRecipients,
} from "@comm_folders/composer/composer_text";

describe.current.tags("headless");

const person = (email, name = "") => ({ name, email, isValid: true });

test("addresses are cut at commas, semicolons and lines, but not inside a name", () => {
    expect(splitAddresses('"Ott, Anna" <a@x.org>; b@x.org,, c@x.org\nd@x.org')).toEqual([
        '"Ott, Anna" <a@x.org>',
        "b@x.org",
        "c@x.org",
        "d@x.org",
    ]);
    expect(splitAddresses('"A \\" , B" <a@x.org>')).toEqual(['"A \\" , B" <a@x.org>']);
    expect(splitAddresses("a@x.org (work, Berlin), b@x.org")).toEqual(["a@x.org (work, Berlin)", "b@x.org"]);
    expect(splitAddresses(" , ;\n")).toEqual([]);
});

test("a quote that never ends does not swallow the next line", () => {
    expect(splitAddresses('"Anna <a@x.org>\nb@x.org')).toHaveLength(1);
    expect(parseAddresses("Anna <a@x.org\nb@x.org").map(({ email }) => email)).toEqual(["Anna <a@x.org", "b@x.org"]);
});

test("an address has a name, or is none", () => {
    expect(parseAddress('"Müller, \\"Anna\\"" <anna@example.com>')).toEqual(
        person("anna@example.com", 'Müller, "Anna"')
    );
    expect(parseAddress("Anna Ott<anna@example.com>")).toEqual(person("anna@example.com", "Anna Ott"));
    expect(parseAddress("<anna@example.com>")).toEqual(person("anna@example.com"));
    expect(parseAddress("anna")).toEqual({ name: "", email: "anna", isValid: false });
});

test.tags("bulk");
test("which addresses are none is decided mildly: the server has the last word", () => {
    for (const email of [
        "anna@example.com",
        "a.b+c@example.co",
        "jürgen@müller.example",
        "x@xn--mller-kva.de",
        "root@localhost",
    ]) {
        expect(isAddress(email)).toBe(true, { message: email });
    }
    for (const email of [
        "anna",
        "@example.com",
        "a b@example.com",
        "a@b@example.com",
        "anna@example",
        "a@ex,ample.com",
        "",
    ]) {
        expect(isAddress(email)).toBe(false, { message: email });
    }
});

test("written and read again, an address is the same", () => {
    const recipients = [person("a@x.org", 'Ott, "Anna"'), person("b@x.org"), person("c@x.org", "back\\slash")];
    expect(parseAddresses(joinAddresses(recipients))).toEqual(recipients);
    expect(formatAddress({ name: "", email: "half writ", isValid: false })).toBe("half writ");
});

test("each recipient is there once, however it is written", () => {
    const anna = person("anna@example.com", "Anna");
    expect(withRecipients([anna], [person("ANNA@example.com"), person("b@x.org")])).toEqual([anna, person("b@x.org")]);
});

test("rich text becomes plain text as people write it", () => {
    expect(htmlToText("<p>Dear Ben,</p><p>see <b>this</b>:<br>line</p>")).toBe("Dear Ben,\n\nsee this:\nline");
    expect(htmlToText("<div>one</div><div>two</div><div><br></div><div>three</div>")).toBe("one\ntwo\n\nthree");
    expect(htmlToText("<ul><li>one</li><li>two</li></ul><ol><li><p>first</p></li><li>second</li></ol>")).toBe(
        "- one\n- two\n\n1. first\n2. second"
    );
    expect(htmlToText('<ol start="7"><li>seven</li>and<li>eight</li></ol>')).toBe("7. seven\nand\n8. eight");
    expect(htmlToText('<a href="https://x.org/a">here</a> <a href="https://x.org">https://x.org</a>')).toBe(
        "here <https://x.org/a> https://x.org"
    );
    expect(htmlToText("<pre>a  b\n  c</pre>")).toBe("a  b\n  c");
});

test("quotes are marked, each level once more", () => {
    expect(
        htmlToText("<p>Yes.</p><p>Ben wrote:</p><blockquote><p>Really?</p><blockquote>No.</blockquote></blockquote>")
    ).toBe("Yes.\n\nBen wrote:\n\n> Really?\n>\n>> No.");
});

test("the line above a signature keeps its blank, and the signature follows it", () => {
    expect(htmlToText("<p>Hello</p><div>-- <br>Anna<br>Sales</div>")).toBe("Hello\n\n-- \nAnna\nSales");
    expect(htmlToText("<p>Hello</p><div>-- <br><p>Anna</p></div>")).toBe("Hello\n\n-- \nAnna");
});

test("nothing of a text runs or loads while it is turned", () => {
    expect(htmlToText('<img src="x" onerror="window.hacked = 1"><script>window.hacked = 1</script>Hi')).toInclude("Hi");
    expect(window.hacked).toBe(undefined);
    expect(textToHtml("<script>alert(1)</script>")).toBe("<div>&lt;script&gt;alert(1)&lt;/script&gt;</div>");
});

test("plain text becomes rich text with its quotes, and back", () => {
    const text = "Yes.\n\n> Really?\n>> No.\n> So.\nBye";
    expect(textToHtml(text)).toBe(
        '<div>Yes.</div><div><br></div><blockquote type="cite"><div>Really?</div>' +
            '<blockquote type="cite"><div>No.</div></blockquote><div>So.</div></blockquote><div>Bye</div>'
    );
    expect(htmlToText(textToHtml("one\ntwo"))).toBe("one\ntwo");
});

test("what was quoted and the signature are not the author's words", () => {
    const bodyHtml =
        '<p>Mine</p><div class="o_signature">Anna</div><div class="o_comm_quote"><blockquote>attached</blockquote></div>';
    expect(ownText({ bodyHtml, isPlain: false })).toBe("Mine");
    expect(ownText({ bodyText: "Mine\n> attached\n-- \nAnna", isPlain: true })).toBe("Mine\n");
});

test.tags("bulk");
test("an attachment is spoken of in English and German", () => {
    for (const text of [
        "see the attached file",
        "Attachment: the plan",
        "im Anhang finden Sie",
        "anbei die Rechnung.",
        "Die beigefügten Pläne",
    ]) {
        expect(mentionsAttachment(text)).toBe(true, { message: text });
    }
    for (const text of ["Anhanger", "I am attacked", "Anhangskraft", "Anlageberater", ""]) {
        expect(mentionsAttachment(text)).toBe(false, { message: text });
    }
});

test("what an attentive colleague would ask", () => {
    const fine = { subject: "Offer", to: [person("a@x.org")], cc: [], attachmentCount: 0, text: "Hello" };
    expect(doubtsAbout(fine)).toEqual([]);
    expect(doubtsAbout({ ...fine, subject: " " })).toEqual(["subject"]);
    expect(doubtsAbout({ ...fine, text: "see attached" })).toEqual(["attachment"]);
    expect(doubtsAbout({ ...fine, subject: "Anhang" })).toEqual(["attachment"]);
    // The subject of an answer is somebody else's word.
    expect(doubtsAbout({ ...fine, subject: "Re: Anhang" })).toEqual([]);
    expect(doubtsAbout({ ...fine, text: "see attached", attachmentCount: 1 })).toEqual([]);
    const many = Array.from({ length: 15 }, (_each, i) => person(`a${i}@x.org`));
    expect(doubtsAbout({ ...fine, to: many })).toEqual(["recipients"]);
    expect(doubtsAbout({ ...fine, size: 11, sizeLimit: 10 })).toEqual(["size"]);
});
