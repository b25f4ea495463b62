package dev.espalier.coordinator.report;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * A chart over training steps.
 *
 * @param id unique in the page
 * @param format of the values on the vertical axis
 * @param fromZero the vertical axis begins at 0
 * @param starts steps at which another round of training begins
 */
record LineChart(
        String id,
        String title,
        String caption,
        DoubleFunction<String> format,
        String unit,
        boolean fromZero,
        List<Integer> starts,
        List<Series> series) {
    boolean empty() {
        return series.stream().noneMatch(Series::drawn);
    }

    String html() {
        List<Point> all = series.stream()
                .filter(Series::drawn)
                .flatMap(one -> one.points().stream())
                .toList();
        double most = all.stream().mapToDouble(Point::y).max().orElse(1);
        double least = all.stream().mapToDouble(Point::y).min().orElse(0);
        Axis y = fromZero ? Axis.linear(Math.min(0, least), most, 4) : Axis.fitting(least, most, 4);
        Axis x = Axis.exact(
                all.stream().mapToDouble(Point::x).min().orElse(0),
                all.stream().mapToDouble(Point::x).max().orElse(1),
                5);
        ChartFrame frame =
                new ChartFrame(id, title, caption, x, y, tick -> String.format(Locale.ROOT, "%.0f", tick), format);
        StringBuilder drawing = new StringBuilder();
        for (int start : starts) {
            drawing.append("<path class=\"round\" d=\"M")
                    .append(frame.across(start - 0.5))
                    .append(" 0V1000\"/>");
        }
        drawing.append('\n');
        series.stream().filter(Series::drawn).forEach(one -> lines(drawing, one, frame));
        return frame.html(legend(), drawing.toString(), "");
    }

    private String legend() {
        StringBuilder keys = new StringBuilder();
        for (Series one : series) {
            if (one.drawn()) {
                keys.append("<span class=\"key ").append(one.style()).append("\">");
                keys.append(Html.escape(one.name())).append("</span> ");
            }
        }
        return keys.toString();
    }

    private void lines(StringBuilder page, Series series, ChartFrame frame) {
        boolean noisy = series.form() == Series.Form.NOISY;
        line(page, series.style() + (noisy ? " noise" : ""), path(series, series.points(), frame));
        if (noisy) {
            line(page, series.style(), path(series, series.smooth(starts), frame));
        }
    }

    private static void line(StringBuilder page, String style, String path) {
        page.append("<path class=\"line ")
                .append(style)
                .append("\" d=\"")
                .append(path)
                .append("\"/>\n");
    }

    private static String path(Series series, List<Point> points, ChartFrame frame) {
        StringBuilder path = new StringBuilder();
        for (Point point : points) {
            String across = frame.across(point.x());
            String down = frame.down(point.y());
            if (path.isEmpty()) {
                path.append('M').append(across).append(' ').append(down);
            } else if (series.form() == Series.Form.STEPS) {
                path.append('H').append(across).append('V').append(down);
            } else {
                path.append('L').append(across).append(' ').append(down);
            }
        }
        // a single step has no extent: give it a visible dash
        return points.size() == 1 ? path.append("h12").toString() : path.toString();
    }
}
