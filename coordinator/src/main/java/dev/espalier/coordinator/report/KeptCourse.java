package dev.espalier.coordinator.report;

import dev.espalier.protocol.KeptShares;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What each layer was expected to keep of its heads and FFN channels while that was learnt: a row per layer, time from left to right. */
final class KeptCourse {
    private static final int MOST_BINS = 48;

    private KeptCourse() {}

    /** @return nothing if no step of {@code steps} tells of it */
    static String html(List<StepMetrics> steps) {
        Map<Stage, List<StepMetrics>> stages = new LinkedHashMap<>();
        steps.stream().filter(step -> step.kept().isPresent()).forEach(step -> stages.computeIfAbsent(
                        step.stage(), first -> new ArrayList<>())
                .add(step));
        StringBuilder page = new StringBuilder();
        stages.forEach((stage, told) -> picture(page, stage, new Course(told), stages.size() > 1));
        if (!page.isEmpty()) {
            KeptMap.legend(page, "expected to stay: 0 %");
        }
        return page.toString();
    }

    private static void picture(StringBuilder page, Stage stage, Course course, boolean several) {
        page.append("<div class=\"kept course\" role=\"group\" aria-label=\"expected to stay in ")
                .append(stage);
        page.append("\">\n<div class=\"row head\"><span>layer</span><span>heads</span><span>FFN channels");
        page.append(several ? ", " + stage : "").append("</span></div>\n");
        for (int layer = 0; layer < course.layers(); layer++) {
            page.append("<div class=\"row\" title=\"layer ").append(layer).append(": heads ");
            page.append(course.change(KeptShares::heads, layer)).append(", channels ");
            page.append(course.change(KeptShares::ffn, layer));
            page.append("\"><span>").append(layer).append("</span>");
            KeptMap.strip(page, "channels", course.of(KeptShares::heads, layer));
            KeptMap.strip(page, "channels", course.of(KeptShares::ffn, layer));
            page.append("</div>\n");
        }
        page.append("</div>\n");
    }

    /** @param told steps of a stage that tell what is kept, at least one, in their order */
    private record Course(List<StepMetrics> told) {
        int layers() {
            return told.stream()
                    .mapToInt(step -> step.kept().orElseThrow().ffn().size())
                    .min()
                    .orElse(0);
        }

        String change(Function<KeptShares, List<Float>> structure, int layer) {
            return Figures.percent(at(0, structure, layer)) + " to "
                    + Figures.percent(at(told.size() - 1, structure, layer));
        }

        private double at(int place, Function<KeptShares, List<Float>> structure, int layer) {
            return structure.apply(told.get(place).kept().orElseThrow()).get(layer);
        }

        /** As it was at the end of each of so many equal parts of the time; steps told before one hold until another is told. */
        double[] of(Function<KeptShares, List<Float>> structure, int layer) {
            int steps = 1 + told.get(told.size() - 1).step();
            double[] course = new double[Math.min(MOST_BINS, steps)];
            int next = 0;
            for (int bin = 0; bin < course.length; bin++) {
                long end = (long) (bin + 1) * steps / course.length;
                while (next + 1 < told.size() && told.get(next + 1).step() < end) {
                    next++;
                }
                course[bin] = at(next, structure, layer);
            }
            return course;
        }
    }
}
