/**
 * Notes as mail programs show them: what is told takes the place of what was told before. What is sticky waits beside it until
 * it was read, and a warning gives way to another warning only: nobody would see it, where a fetch ends a moment later.
 */
export function singleNote(notification) {
    const closers = {};
    return {
        add(text, options = {}) {
            if (options.sticky) {
                return notification.add(text, options);
            }
            const kind = ["warning", "danger"].includes(options.type) ? "warning" : "news";
            closers[kind]?.();
            closers[kind] = notification.add(text, options);
            return closers[kind];
        },
    };
}
