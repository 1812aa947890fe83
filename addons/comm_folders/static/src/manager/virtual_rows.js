import { onMounted, onWillUnmount, useEffect, useState } from "@odoo/owl";
import { useThrottleForAnimation } from "@web/core/utils/timing";

// Browsers lay out no more than this (Firefox 17.9 million pixels, Chromium 33.5).
const MAX_HEIGHT = 15_000_000;
// Rows drawn above and below what is visible, so that slow scrolling shows no gap.
const OVERSCAN = 6;

/**
 * Which rows of equal height a scrolled list has to draw, and where. Of any number of rows, a screenful is drawn.
 *
 * @param {Object} ref of the scrolling element
 * @param {Object} params
 * @param {() => number} params.getRowHeight pixels
 * @param {() => number} params.getTotal
 * @param {() => number} [params.getSpace] pixels left free below the last row, for what floats over the list
 * @param {(start: number, end: number) => void} params.onChange the visible rows have to be there now
 */
export function useVirtualRows(ref, { getRowHeight, getTotal, getSpace = () => 0, onChange }) {
    const state = useState({ scrollTop: 0, viewport: 600 });

    const wanted = () => getTotal() * getRowHeight() + getSpace();
    const height = () => Math.min(wanted(), MAX_HEIGHT);
    // 1, unless the list is higher than browsers can: then a pixel of the scroll bar stands for several.
    const ratio = () => {
        const scrollable = height() - state.viewport;
        return scrollable > 0 ? Math.max((wanted() - state.viewport) / scrollable, 1) : 1;
    };
    const visible = () => {
        const start = Math.floor((state.scrollTop * ratio()) / getRowHeight());
        return { start, end: Math.min(start + Math.ceil(state.viewport / getRowHeight()) + 1, getTotal()) };
    };
    const measure = () => {
        const list = ref.el;
        if (list) {
            // By whole rows, so that not every pixel draws anew; where a pixel stands for several rows, each counts.
            const { scrollTop } = list;
            state.scrollTop = ratio() > 1 ? scrollTop : scrollTop - (scrollTop % getRowHeight());
            state.viewport = list.clientHeight || state.viewport;
        }
    };
    // Where to scroll once it is on the screen: what has no height cannot be.
    let awaited = undefined;
    const changed = () => {
        if (!ref.el?.clientHeight) {
            return;
        }
        if (awaited) {
            const [index, options] = awaited;
            scrollTo(index, options);
            return;
        }
        measure();
        const { start, end } = visible();
        if (end > start) {
            onChange(start, end + OVERSCAN);
        }
    };
    /** Scroll as little as needed, or so that the row is the first one. */
    function scrollTo(index, { toTop = false } = {}) {
        const list = ref.el;
        if (!list) {
            return;
        }
        awaited = list.clientHeight ? undefined : [index, { toTop }];
        const top = index * getRowHeight();
        const current = list.scrollTop * ratio();
        if (toTop || top < current) {
            list.scrollTop = top / ratio();
        } else if (top + getRowHeight() > current + list.clientHeight - getSpace()) {
            list.scrollTop = (top + getRowHeight() + getSpace() - list.clientHeight) / ratio();
        }
        changed();
    }
    const onScroll = useThrottleForAnimation(changed);
    const observer = new ResizeObserver(onScroll);
    useEffect(
        (list) => {
            if (list) {
                observer.observe(list);
                list.addEventListener("scroll", onScroll, { passive: true });
            }
            return () => {
                list?.removeEventListener("scroll", onScroll);
                observer.disconnect();
            };
        },
        () => [ref.el]
    );
    onMounted(measure);
    onWillUnmount(() => observer.disconnect());

    return {
        get height() {
            return height();
        },
        /** @returns {{index: number, top: number}[]} */
        get drawn() {
            const { start, end } = visible();
            const first = Math.max(start - OVERSCAN, 0);
            const last = Math.min(end + OVERSCAN, getTotal());
            const shift = state.scrollTop * (1 - ratio());
            return Array.from({ length: Math.max(last - first, 0) }, (_, position) => ({
                index: first + position,
                top: (first + position) * getRowHeight() + shift,
            }));
        },
        /** Ask again for what is visible. */
        refresh: changed,
        /** @returns {number} rows that fit */
        get pageLength() {
            return Math.max(Math.floor((state.viewport - getSpace()) / getRowHeight()), 1);
        },
        scrollTo,
    };
}
