/**
 * Notes as mail programs show them: what is told takes the place of what was told before. What is sticky waits beside it until
 * it was read.
 */
export function singleNote(notification) {
    let close = () => {};
    return {
        add(text, options = {}) {
            if (options.sticky) {
                return notification.add(text, options);
            }
            close();
            close = notification.add(text, options);
            return close;
        },
    };
}
