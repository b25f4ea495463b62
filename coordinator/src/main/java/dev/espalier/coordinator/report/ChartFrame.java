package dev.espalier.coordinator.report;

import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * What charts have in common: words, axes and grid. Lines are SVG that stretches with the page; labels are text beside it
 * and marks elements over it, so that they keep their size on a phone.
 *
 * @param id unique in the page
 * @param xFormat of the labels below
 * @param yFormat of the labels at the left
 */
record ChartFrame(
        String id,
        String title,
        String caption,
        Axis x,
        Axis y,
        DoubleFunction<String> xFormat,
        DoubleFunction<String> yFormat) {
    private static final int SIZE = 1000;

    /**
     * @param legend HTML
     * @param drawing SVG, in the units of {@link #across} and {@link #down}
     * @param marks HTML over it, at the places of {@link #left} and {@link #top}
     */
    String html(String legend, String drawing, String marks) {
        StringBuilder page = new StringBuilder();
        page.append("<figure class=\"chart\" id=\"").append(id).append("\">\n<figcaption><b>");
        page.append(Html.escape(title)).append("</b> ").append(Html.escape(caption));
        page.append(y.logarithmic() ? " Logarithmic axis." : "");
        page.append("</figcaption>\n<p class=\"legend\">").append(legend).append("</p>\n");
        page.append("<div class=\"frame\"><div class=\"yticks\">");
        for (double tick : y.ticks()) {
            page.append("<span style=\"top:").append(top(tick)).append("\">");
            page.append(Html.escape(yFormat.apply(tick))).append("</span>");
        }
        page.append("</div><div class=\"plot\" data-low=\"").append(x.low());
        page.append("\" data-high=\"").append(x.high()).append("\">");
        page.append("<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
        page.append(Html.escape(title)).append("\">\n");
        for (double tick : y.ticks()) {
            page.append("<path class=\"grid\" d=\"M0 ").append(down(tick)).append("H1000\"/>");
        }
        page.append(drawing).append("</svg>").append(marks).append("</div><div class=\"xticks\">");
        for (double tick : x.ticks()) {
            page.append("<span style=\"left:").append(left(tick)).append("\">");
            page.append(Html.escape(xFormat.apply(tick))).append("</span>");
        }
        return page.append("</div></div></figure>\n").toString();
    }

    /** Where a value is from left to right, in the drawing's units. */
    String across(double value) {
        return number(SIZE * x.place(value));
    }

    /** Where a value is from the top to the bottom, in the drawing's units. */
    String down(double value) {
        return number(SIZE * (1 - y.place(value)));
    }

    /** As {@link #across}, as a share of the width. */
    String left(double value) {
        return percent(x.place(value));
    }

    /** As {@link #down}, as a share of the height. */
    String top(double value) {
        return percent(1 - y.place(value));
    }

    private static String number(double number) {
        return String.format(Locale.ROOT, "%.1f", number);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f%%", 100 * share);
    }
}
