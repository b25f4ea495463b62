package dev.espalier.coordinator.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A line of a chart.
 *
 * @param style a class of report.css: {@code first}, {@code second}, {@code third}, {@code target}
 * @param form how its points are joined
 */
record Series(String name, String style, Form form, List<Point> points) {
    static final int MOST_POINTS = 500;

    enum Form {
        /** Straight from point to point. */
        LINE,
        /** Faint, with a smooth line over it. */
        NOISY,
        /** Each value holds until the next one. */
        STEPS,
        /** Not drawn: told when a reader points at a step. */
        TOLD
    }

    Series {
        points = Downsampling.largestTriangles(form == Form.STEPS ? changes(points) : List.copyOf(points), MOST_POINTS);
    }

    boolean drawn() {
        return form != Form.TOLD && !points.isEmpty();
    }

    /**
     * An exponential mean over about a twentieth of the points, unbiased at the start.
     *
     * @param starts where it begins anew
     */
    List<Point> smooth(List<Integer> starts) {
        double keep = 1 - 1 / Math.max(1.0, points.size() / 20.0);
        double sum = 0;
        double weight = 0;
        List<Point> smooth = new ArrayList<>();
        int begun = 0;
        for (Point point : points) {
            if (begun < starts.size() && point.x() >= starts.get(begun)) {
                begun++;
                sum = 0;
                weight = 0;
            }
            sum = keep * sum + point.y();
            weight = keep * weight + 1;
            smooth.add(new Point(point.x(), sum / weight));
        }
        return smooth;
    }

    /** Points inside a run of equal values say nothing. */
    private static List<Point> changes(List<Point> points) {
        List<Point> changes = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            boolean same = i > 0 && points.get(i).y() == points.get(i - 1).y();
            if (!same || i == points.size() - 1) {
                changes.add(points.get(i));
            }
        }
        return changes;
    }
}
