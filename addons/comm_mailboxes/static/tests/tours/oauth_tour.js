import { registry } from "@web/core/registry";
import { patient } from "./patient";

const state = (text) => `.o_comm_oauth_state:contains(${text})`;

/** test_oauth_tour.py opens the properties of a mailbox; its "person" fills the page of the identity server. */
export const signIn = () => [
    {
        trigger: state("Nobody is signed in"),
    },
    {
        content: "No password is asked for, but the application's ID is there",
        trigger: ".o_form_view:has(.o_field_widget[name=client_id]):not(:has(.o_field_widget[name=password]))",
    },
    {
        content: "The page of the identity server, and back",
        trigger: "button[name=action_oauth_sign_in]:contains(Sign in with Microsoft)",
        run: "click",
        expectUnloadPage: true,
    },
    {
        trigger: state("Signed in as"),
    },
    {
        trigger: "button[name=action_oauth_sign_in]:contains(Sign in again)",
    },
];

export const fetchOne = () => [
    {
        trigger: "button[name=action_fetch_mail]",
        run: "click",
    },
    {
        trigger: ".o_notification:contains(Messages fetched: 1)",
    },
];

registry.category("web_tour.tours").add("comm_mailboxes.oauth_browser", {
    steps: patient(() => [...signIn(), ...fetchOne()]),
});

registry.category("web_tour.tours").add("comm_mailboxes.oauth_outgoing", { steps: patient(signIn) });

registry.category("web_tour.tours").add("comm_mailboxes.oauth_device", {
    steps: patient(() => [
        {
            trigger: state("Nobody is signed in"),
        },
        {
            trigger: "button[name=action_oauth_device]",
            run: "click",
        },
        {
            trigger: ".modal .o_comm_device_user_code:not(:empty)",
        },
        {
            trigger: ".modal .o_comm_device_address[href^='https://localhost']",
        },
        {
            trigger: ".modal .o_clipboard_button",
        },
        {
            content: "Somebody enters the code elsewhere: the dialog notices by itself",
            trigger: ".o_notification:contains(Signed in as)",
        },
        {
            trigger: `body:not(:has(.modal)) ${state("Signed in as")}`,
        },
        {
            trigger: "button[name=action_oauth_sign_out]",
            run: "click",
        },
        {
            trigger: state("Nobody is signed in"),
        },
    ]),
});
