import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

// Seconds after a message left until its state is asked for, again and again.
const ASK_AFTER = [2, 3, 5, 10, 20, 30];

/** Tells the author what becomes of a message: it can be taken back, it was sent, or why it was not. */
export const sendingService = {
    dependencies: ["comm_composer", "notification", "orm"],

    start(env, { comm_composer: composer, notification, orm }) {
        // What can be taken back still, in the order in which it was sent.
        const steps = new Set();

        /** @param {{id: number, leaves: string}} sent as `comm.message.send` answers */
        function follow({ id, leaves }) {
            const leavesAt = deserializeDateTime(leaves).toMillis();
            const step = { at: Date.now(), undo };
            let close = () => {};
            let timer = undefined;
            offer();

            function offer() {
                const wait = Math.max(leavesAt - Date.now(), 0);
                if (wait > 1000) {
                    close = notification.add(_t("The message is being sent."), {
                        type: "info",
                        sticky: true,
                        className: "o_comm_sending",
                        buttons: [{ name: _t("Undo"), primary: true, onClick: undo }],
                    });
                    steps.add(step);
                }
                timer = browser.setTimeout(() => {
                    end();
                    ask(id, 0);
                }, wait);
            }

            function end() {
                steps.delete(step);
                close();
            }

            async function undo() {
                browser.clearTimeout(timer);
                end();
                try {
                    await orm.call("comm.message", "action_undo_send", [[id]]);
                } catch (error) {
                    if (error instanceof ConnectionLostError) {
                        // Odoo may not have heard of it: it can be asked for again until the message leaves.
                        offer();
                    } else {
                        // It goes on its way, then: the author learns how that ends, too.
                        ask(id, 0);
                    }
                    throw error;
                }
                await composer.open({ mode: "draft", messageId: id });
            }
        }

        function ask(id, turn) {
            browser.setTimeout(async () => {
                let message = undefined;
                try {
                    [message] = await orm.silent.read(
                        "comm.message",
                        [id],
                        ["outgoing_state", "send_error", "subject"]
                    );
                } catch (error) {
                    if (!(error instanceof ConnectionLostError)) {
                        throw error;
                    }
                    // Odoo is out of reach for now; what becomes of the message is told when it is back.
                    ask(id, turn);
                    return;
                }
                switch (message?.outgoing_state) {
                    case "sent":
                        notification.add(message.send_error || _t("The message was sent."), {
                            type: message.send_error ? "warning" : "success",
                            sticky: Boolean(message.send_error),
                        });
                        break;
                    case "failed":
                    case "perhaps_sent":
                        tellProblem(id, message);
                        break;
                    case "queued":
                    case "sending":
                        if (turn + 1 < ASK_AFTER.length) {
                            ask(id, turn + 1);
                        } else {
                            notification.add(
                                message.send_error ||
                                    _t("The message waits in the outbox. It is sent as soon as the server takes it."),
                                { type: "warning" }
                            );
                        }
                        break;
                    default:
                    // Taken back, or deleted.
                }
            }, ASK_AFTER[turn] * 1000);
        }

        function tellProblem(id, { outgoing_state: state, send_error: error, subject }) {
            const close = notification.add(error, {
                title:
                    state === "failed"
                        ? _t("“%s” was not sent", subject || "-")
                        : _t("“%s” was perhaps sent", subject || "-"),
                type: "danger",
                sticky: true,
                buttons: [
                    {
                        name: _t("Edit again"),
                        primary: true,
                        onClick: async () => {
                            close();
                            await editAgain(id);
                        },
                    },
                ],
            });
        }

        async function editAgain(id) {
            const [draftId] = await orm.call("comm.message", "action_edit_again", [[id]]);
            await composer.open({ mode: "draft", messageId: draftId });
        }

        return {
            follow,
            editAgain,
            /** @returns {{at: number, undo: () => Promise}|undefined} the message sent last, while it can be taken back */
            get lastStep() {
                return [...steps].at(-1);
            },
        };
    },
};

registry.category("services").add("comm_sending", sendingService);
