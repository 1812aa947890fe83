import { normalize } from "@web/core/l10n/utils";

/**
 * @typedef {Object} CheckTreeItem
 * @property {string|number} key
 * @property {string|number} [parentKey]
 * @property {string} name
 * @property {string} path
 *
 * @typedef {Object} CheckTreeNode
 * @property {CheckTreeItem} item
 * @property {CheckTreeNode|undefined} parent
 * @property {CheckTreeNode[]} children
 * @property {number} level from 1
 * @property {boolean} isFound by the search, itself or something above it; without a search: always
 * @property {boolean} leadsToHit something below was found
 */

// A larger tree begins folded.
const EXPANDED_UP_TO = 50;

/** Which rows of a tree show. Nothing in it is reactive: with thousands of nodes that would be slow. */
export class CheckTreeModel {
    /**
     * @param {CheckTreeItem[]} items parents before children; an item without a known parent stands at the top
     * @param {(a: CheckTreeItem, b: CheckTreeItem) => number} compare the order among siblings
     */
    constructor(items, compare) {
        this.nodes = items.map((item) => ({
            item,
            parent: undefined,
            children: [],
            level: 1,
            name: normalize(item.name),
            path: normalize(item.path),
            isFound: true,
            leadsToHit: false,
        }));
        const byKey = new Map(this.nodes.map((node) => [node.item.key, node]));
        this.roots = [];
        for (const node of this.nodes) {
            node.parent = byKey.get(node.item.parentKey);
            (node.parent?.children || this.roots).push(node);
        }
        for (const siblings of [this.roots, ...this.nodes.map((node) => node.children)]) {
            siblings.sort((a, b) => compare(a.item, b.item));
        }
        this.nodes = this._inOrder(this.roots);
        for (const node of this.nodes) {
            node.level = (node.parent?.level || 0) + 1;
        }
        this.query = "";
        this.expanded = new Set(this.nodes.length > EXPANDED_UP_TO ? [] : this.nodes);
        this.expandedInSearch = new Set();
        this._layOut();
    }

    get isSearching() {
        return Boolean(this.query);
    }

    isExpanded(node) {
        return (this.isSearching ? this.expandedInSearch : this.expanded).has(node);
    }

    setExpanded(nodes, isExpanded) {
        const expanded = this.isSearching ? this.expandedInSearch : this.expanded;
        for (const node of nodes) {
            if (isExpanded) {
                expanded.add(node);
            } else {
                expanded.delete(node);
            }
        }
        this._layOut();
    }

    /** Show what matches, all below it (folded), and what leads to it. */
    search(text) {
        this.query = normalize(text.trim());
        for (const node of this.nodes) {
            node.leadsToHit = false;
            // "kunden/süd" finds a folder by its path, but not once more everything below it.
            const isHit =
                node.name.includes(this.query) ||
                (node.path.includes(this.query) && !node.parent?.path.includes(this.query));
            node.isFound = isHit || Boolean(node.parent?.isFound);
            if (isHit && this.isSearching) {
                for (let above = node.parent; above && !above.leadsToHit; above = above.parent) {
                    above.leadsToHit = true;
                }
            }
        }
        this.expandedInSearch = new Set(this.nodes.filter((node) => node.leadsToHit));
        this._layOut();
    }

    /** @returns {CheckTreeNode[]} everything below a node that the search did not leave out */
    below(node) {
        return this._inOrder(node.children).filter((other) => other.isFound);
    }

    /** @returns {CheckTreeNode[]} everything that the search did not leave out */
    get found() {
        return this.nodes.filter((node) => node.isFound);
    }

    _inOrder(nodes, isOpen = () => true, result = []) {
        for (const node of nodes) {
            result.push(node);
            if (isOpen(node)) {
                this._inOrder(node.children, isOpen, result);
            }
        }
        return result;
    }

    _layOut() {
        this.rows = this._inOrder(this.roots, (node) => this.isExpanded(node)).filter(
            (node) => node.isFound || node.leadsToHit
        );
    }
}
