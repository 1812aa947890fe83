import { commands } from "@comm_folders/manager/manager_commands";
import { messageActions, remoteOf } from "@comm_folders/manager/message_actions";

// Commands of the Manager by their names, in the order in which mail programs show them.
const GROUPS = [
    ["open", "edit_draft", "reply", "reply_all", "forward"],
    ["seen", "flag"],
    ["archive", "move", "copy"],
    ["spam", "not_spam", "delete"],
];

// Where a single message has its actions.
const OF_SEVERAL = ["link"];

/** What the menu of a single message offers beside commands: the same as the menu above the open message. */
function actionsOf(message, context) {
    const { model, dialog } = context;
    const around = { model, dialog, orm: model.orm, remote: remoteOf(message, model) };
    return messageActions
        .getEntries()
        .filter(([, { isAvailable }]) => !isAvailable || isAvailable(message, around))
        .map(([name, { icon, label, run }]) => ({ name, icon, label, run: () => run(message, around) }));
}

/**
 * What can be done with messages of the list, as `ContextMenu` shows it. What is impossible is left out.
 *
 * @param {Object|undefined} subject as `subjectOf` returns it
 * @param {Object} context as manager_commands.js says
 */
export function messageMenu(subject, context) {
    if (!subject?.count) {
        return [];
    }
    const isPossible = ({ isShown, whyNot }) => (!isShown || isShown(subject, context)) && !whyNot?.(subject, context);
    const entriesOf = (names) =>
        names
            .map((name) => commands.find((command) => command.name === name))
            .filter(isPossible)
            .map((command) => ({
                name: command.name,
                icon: command.menuIcon?.(subject, context) || command.icon,
                label: command.menuLabel?.(subject, context) || command.label,
                run: () => context.screen.run(command, subject),
            }));
    const others = subject.message ? actionsOf(subject.message, context) : entriesOf(OF_SEVERAL);
    return [...GROUPS.map(entriesOf), others].filter(({ length }) => length);
}
