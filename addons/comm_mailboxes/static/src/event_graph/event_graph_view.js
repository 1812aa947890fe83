import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

const COLORS = { info: "#4ea7f2", warning: "#f0ad4e", error: "#dc3545" };

/** Errors are red: the graph view's own colors come in the order of the groups, which would make them blue. */
class EventGraphRenderer extends GraphRenderer {
    getBarChartData() {
        const data = super.getBarChartData();
        const levels = Object.fromEntries(
            this.model.metaData.fields.level.selection.map(([level, label]) => [label, level])
        );
        for (const dataset of data.datasets) {
            const color = COLORS[levels[dataset.label]];
            if (color) {
                dataset.backgroundColor = color;
            }
        }
        return data;
    }
}

registry.category("views").add("comm_mailbox_event_graph", {
    ...graphView,
    Renderer: EventGraphRenderer,
});
