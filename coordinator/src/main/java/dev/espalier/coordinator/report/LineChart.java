package dev.espalier.coordinator.report;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * A chart over training steps. The lines are SVG that stretches with the page; the labels are text beside it, so that
 * they stay readable on a phone.
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
    /** From this ratio of the largest to the smallest value on, a linear axis shows only the largest. */
    private static final double LOG_SPREAD = 20;

    private static final int SIZE = 1000;

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
        boolean log = !fromZero && least > 0 && most / least > LOG_SPREAD;
        Axis y = log ? Axis.logarithmic(least, most) : Axis.linear(fromZero ? Math.min(0, least) : least, most, 4);
        Axis x = Axis.exact(
                all.stream().mapToDouble(Point::x).min().orElse(0),
                all.stream().mapToDouble(Point::x).max().orElse(1),
                5);
        StringBuilder page = new StringBuilder();
        page.append("<figure class=\"chart\" id=\"").append(id).append("\">\n<figcaption><b>");
        page.append(Html.escape(title)).append("</b> ").append(Html.escape(caption));
        page.append(log ? " Logarithmic axis." : "").append("</figcaption>\n");
        legend(page);
        page.append("<div class=\"frame\"><div class=\"yticks\">");
        for (double tick : y.ticks()) {
            page.append("<span style=\"top:").append(percent(1 - y.place(tick))).append("\">");
            page.append(Html.escape(format.apply(tick))).append("</span>");
        }
        page.append("</div><div class=\"plot\" data-low=\"").append(x.low());
        page.append("\" data-high=\"").append(x.high()).append("\">");
        page.append("<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
        page.append(Html.escape(title)).append("\">\n");
        for (double tick : y.ticks()) {
            String at = number(SIZE * (1 - y.place(tick)));
            page.append("<path class=\"grid\" d=\"M0 ").append(at).append("H1000\"/>");
        }
        for (int start : starts) {
            page.append("<path class=\"round\" d=\"M")
                    .append(number(SIZE * x.place(start - 0.5)))
                    .append(" 0V1000\"/>");
        }
        page.append('\n');
        series.stream().filter(Series::drawn).forEach(one -> lines(page, one, x, y));
        page.append("</svg></div><div class=\"xticks\">");
        for (double tick : x.ticks()) {
            page.append("<span style=\"left:").append(percent(x.place(tick))).append("\">");
            page.append(String.format(Locale.ROOT, "%.0f", tick)).append("</span>");
        }
        return page.append("</div></div></figure>\n").toString();
    }

    private void legend(StringBuilder page) {
        page.append("<p class=\"legend\">");
        for (Series one : series) {
            if (one.drawn()) {
                page.append("<span class=\"key ").append(one.style()).append("\">");
                page.append(Html.escape(one.name())).append("</span> ");
            }
        }
        page.append("</p>\n");
    }

    private void lines(StringBuilder page, Series series, Axis x, Axis y) {
        boolean noisy = series.form() == Series.Form.NOISY;
        line(page, series.style() + (noisy ? " noise" : ""), path(series, series.points(), x, y));
        if (noisy) {
            line(page, series.style(), path(series, series.smooth(starts), x, y));
        }
    }

    private static void line(StringBuilder page, String style, String path) {
        page.append("<path class=\"line ")
                .append(style)
                .append("\" d=\"")
                .append(path)
                .append("\"/>\n");
    }

    private static String path(Series series, List<Point> points, Axis x, Axis y) {
        StringBuilder path = new StringBuilder();
        for (Point point : points) {
            String across = number(SIZE * x.place(point.x()));
            String down = number(SIZE * (1 - y.place(point.y())));
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

    private static String number(double number) {
        return String.format(Locale.ROOT, "%.1f", number);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f%%", 100 * share);
    }
}
