package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Parameters;
import dev.espalier.coordinator.report.ReportData.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The four or five numbers that somebody with a minute wants. */
final class Summary {

    /** @param from the dense model's value; empty if there is none */
    record Fact(String name, String from, String to, String change) {}

    private Summary() {}

    static List<Fact> facts(ReportData data) {
        List<Fact> facts = new ArrayList<>();
        data.parameters().ifPresent(parameters -> parameters(facts, parameters));
        Optional<Row> dense = data.dense();
        Optional<Row> result = data.result();
        if (dense.isPresent() && result.isPresent()) {
            List<ResultColumn> columns = ResultColumn.of(data.rows());
            ResultColumn.first(columns, ResultColumn.PERPLEXITY)
                    .ifPresent(c -> facts.add(fact("perplexity, " + c.head(), c, dense, result)));
            ResultColumn.last(columns, ResultColumn.ACCURACY)
                    .ifPresent(c -> facts.add(fact("accuracy, " + c.head(), c, dense, result)));
            ResultColumn.last(columns, ResultColumn.SPEED)
                    .ifPresent(c -> facts.add(fact(c.head() + ", tokens/s", c, dense, result)));
        }
        return facts;
    }

    static String html(ReportData data) {
        StringBuilder page = new StringBuilder("<dl class=\"facts\">\n");
        for (Fact fact : facts(data)) {
            page.append("<div><dt>")
                    .append(Html.escape(fact.name()))
                    .append("</dt><dd><b>")
                    .append(fact.to());
            page.append("</b><span>");
            if (!fact.from().isEmpty()) {
                page.append("from ").append(fact.from()).append(", ");
            }
            page.append(fact.change()).append("</span></dd></div>\n");
        }
        return page.append("</dl>\n").toString();
    }

    private static void parameters(List<Fact> facts, Parameters parameters) {
        facts.add(new Fact(
                "parameters",
                Figures.count(parameters.before()),
                Figures.count(parameters.after()),
                Figures.change(parameters.before(), parameters.after())));
        facts.add(new Fact(
                "prunable part removed",
                "",
                Figures.percent(parameters.sparsity()),
                "target " + Figures.percent(parameters.target())));
    }

    private static Fact fact(String name, ResultColumn column, Optional<Row> dense, Optional<Row> result) {
        double before = column.value().apply(dense.orElseThrow());
        double now = column.value().apply(result.orElseThrow());
        String change = column.changeFrom(dense.orElseThrow(), result.orElseThrow());
        return new Fact(
                name,
                Double.isFinite(before) ? column.format().apply(before) : "\u2013",
                Double.isFinite(now) ? column.format().apply(now) : "\u2013",
                change.isEmpty() ? "not comparable" : change);
    }
}
