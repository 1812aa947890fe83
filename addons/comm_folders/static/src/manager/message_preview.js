import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useService } from "@web/core/utils/hooks";
import { OutgoingState } from "@comm_folders/composer/outgoing_state";
import { AttachmentChips } from "@comm_folders/manager/attachment_chips";
import { LinkedRecords, SenderContact } from "@comm_folders/manager/linked_records";
import { messageActions } from "@comm_folders/manager/message_actions";
import { MessageBody } from "@comm_folders/manager/message_body";
import { longDate, shortDate, splitAddress } from "@comm_folders/manager/message_format";
import { fileSize } from "@comm_mailboxes/format/file_size";

/** The open message: who, when, what to beware of, what is attached, and the body. */
export class MessagePreview extends Component {
    static template = "comm_folders.MessagePreview";
    static components = {
        AttachmentChips,
        Dropdown,
        DropdownItem,
        LinkedRecords,
        MessageBody,
        OutgoingState,
        SenderContact,
    };
    static props = {
        model: Object,
        onBack: { type: Function, optional: true },
        // Called with the message when the user wants to see the folder in which it lies.
        onShowFolder: { type: Function, optional: true },
        onSettings: { type: Function, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        // That its header is open stays so for the next ones, too.
        this.state = useState({ isExpanded: false });
        Object.assign(this, { fileSize, longDate, shortDate, splitAddress });
    }

    /** After its author did something about a message on its way. */
    async reload() {
        await Promise.all([this.reading.reload(), this.props.model.loadPage()]);
    }

    get message() {
        return this.props.model.message;
    }

    /** What the list tells of a message that is still on its way. */
    get coming() {
        const { messageId, known, isFailed } = this.reading;
        if (!messageId || this.message || isFailed) {
            return undefined;
        }
        const row = this.props.model.list.find(this.reading.rowId);
        return { ...known, subject: known.subject ?? row?.subject, sender: splitAddress(known.email_from).name };
    }

    /** What commands are about is selected, and not what is open: beside the list that has to be seen. */
    get isSelectionTold() {
        const { panes, reading, selection } = this.props.model;
        const isOpen = selection.count === 1 && selection.has(reading.messageId);
        return panes.isSplit && !selection.isEmpty && !isOpen;
    }

    get reading() {
        return this.props.model.reading;
    }

    /** Switched off, also while one is open, there is none. */
    get isConversationShown() {
        const { conversation, settings } = this.reading;
        return Boolean(settings.comm_conversations) && conversation.length > 1;
    }

    get canChange() {
        return this.props.model.places.of(this.message).canWrite;
    }

    /**
     * In which folder of which mailbox the message lies, which need not be the open one: a search finds more, and a
     * conversation goes on elsewhere.
     *
     * @returns {{name: string|undefined, isElsewhere: boolean, canShow: boolean}}
     */
    get place() {
        const { model, onShowFolder } = this.props;
        const id = this.message.folder_id;
        const folder = model.folders.get(id);
        const mailbox = model.mailboxes.get(folder?.mailbox_id);
        const names = [mailbox?.name, folder?.name].filter(Boolean).join(" / ");
        const isElsewhere = model.list.isWide || id !== model.folderId;
        return {
            name: names || model.places.of(this.message).name,
            isElsewhere,
            canShow: Boolean(isElsewhere && onShowFolder && model.pathTo(id)),
        };
    }

    get isLoadingWhole() {
        return this.reading.loadingWholeId === this.message.id;
    }

    get sender() {
        return splitAddress(this.message.email_from);
    }

    get recipients() {
        return [
            { field: "to", text: this.message.email_to },
            { field: "cc", text: this.message.email_cc },
        ].filter(({ text }) => text);
    }

    get warnings() {
        return this.message.preview_info?.warnings || [];
    }

    // ------------------------------------------- pictures from the internet

    get remote() {
        return this.message.preview_info?.remote || { count: 0 };
    }

    get isRemoteBlocked() {
        const { count, offered, allowed } = this.remote;
        return count > 0 && offered && !allowed && this.reading.remoteFor !== this.message.id;
    }

    /** The user wants none, ever: that there are some is told, or their place is a riddle. */
    get isRemoteRefused() {
        const { count, offered, allowed } = this.remote;
        return count > 0 && !offered && !allowed;
    }

    get remoteToken() {
        return this.reading.remoteToken;
    }

    get bodyProps() {
        const remote = this.remoteToken;
        const isWhole = this.reading.wholeFor === this.message.id;
        return { messageId: this.message.id, ...(remote && { remote }), ...(isWhole && { isWhole }) };
    }

    /** Of a very long message the beginning is shown, until somebody wants more. */
    get isCutShort() {
        return Boolean(this.message.preview_info?.is_long) && this.reading.wholeFor !== this.message.id;
    }

    showWhole() {
        this.reading.wholeFor = this.message.id;
    }

    loadPictures() {
        this.reading.remoteFor = this.message.id;
    }

    async allowSender() {
        const { id } = this.message;
        await this.orm.call("comm.message", "allow_remote_sender", [[id]]);
        this.reading.remoteFor = id;
    }

    // ----------------------------------------------------------------- menu

    get context() {
        return { model: this.props.model, dialog: this.dialog, orm: this.orm, remote: this.remoteToken };
    }

    get actions() {
        return messageActions
            .getAll()
            .filter(({ isAvailable }) => !isAvailable || isAvailable(this.message, this.context));
    }

    run(action) {
        return action.run(this.message, this.context);
    }
}
