package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.coordinator.report.ReportData.Sample;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** How each state of the run's model goes on from the same pieces of text, one below the other. */
final class SampleTexts {
    private SampleTexts() {}

    /** Empty if no model wrote anything. */
    static String html(List<Row> rows) {
        Set<String> prompts = new LinkedHashSet<>();
        rows.forEach(row -> row.samples().forEach(sample -> prompts.add(sample.prompt())));
        StringBuilder page = new StringBuilder();
        for (String prompt : prompts) {
            page.append("<figure class=\"sample\"><figcaption>")
                    .append(Html.escape(prompt))
                    .append(" \u2026</figcaption>\n<dl>\n");
            for (Row row : rows) {
                for (Sample sample : row.samples()) {
                    if (sample.prompt().equals(prompt)) {
                        page.append("<dt>").append(Html.escape(row.label())).append("</dt><dd>");
                        page.append(Html.escape(sample.text())).append("</dd>\n");
                    }
                }
            }
            page.append("</dl></figure>\n");
        }
        return page.toString();
    }
}
