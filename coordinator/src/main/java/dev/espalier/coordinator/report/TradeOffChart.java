package dev.espalier.coordinator.report;

import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.Stream;

/**
 * Models by two measures: marks, and a line for each method from the dense model on.
 *
 * @param id unique in the page
 * @param dense where all lines begin
 */
record TradeOffChart(
        String id,
        String title,
        String caption,
        DoubleFunction<String> xFormat,
        DoubleFunction<String> yFormat,
        Mark dense,
        List<Track> tracks) {
    private static final String DENSE = "target diamond";
    private static final List<String> COLOURS = List.of("first", "second", "third", "fourth");
    private static final List<String> SHAPES = List.of("disc", "square", "diamond", "ring");

    /**
     * The models of a method, in the order in which they are joined.
     *
     * @param number of the method, from 0: its colour and its shape
     */
    record Track(String name, int number, List<Mark> marks) {
        String colour() {
            return COLOURS.get(number % COLOURS.size());
        }

        /** Another colour and another shape from one method to the next; the same two come again after sixteen. */
        String style() {
            return colour() + " " + SHAPES.get((number + number / COLOURS.size()) % SHAPES.size());
        }
    }

    /** @param told to whom points at it */
    record Mark(Point point, String told) {}

    String html() {
        List<Point> all = Stream.concat(Stream.of(dense), tracks.stream().flatMap(track -> track.marks().stream()))
                .map(Mark::point)
                .toList();
        ChartFrame frame = new ChartFrame(
                id,
                title,
                caption,
                Axis.linear(
                        all.stream().mapToDouble(Point::x).min().orElseThrow(),
                        all.stream().mapToDouble(Point::x).max().orElseThrow(),
                        4),
                Axis.fitting(
                        all.stream().mapToDouble(Point::y).min().orElseThrow(),
                        all.stream().mapToDouble(Point::y).max().orElseThrow(),
                        4),
                xFormat,
                yFormat);
        StringBuilder legend = new StringBuilder(key(DENSE, "dense"));
        StringBuilder lines = new StringBuilder("\n");
        StringBuilder marks = new StringBuilder(mark(frame, DENSE, dense));
        for (Track track : tracks) {
            legend.append(key(track.style(), track.name()));
            lines.append("<path class=\"line ").append(track.colour()).append("\" d=\"M");
            lines.append(at(frame, dense.point()));
            track.marks().forEach(mark -> lines.append('L').append(at(frame, mark.point())));
            lines.append("\"/>\n");
            track.marks().forEach(mark -> marks.append(mark(frame, track.style(), mark)));
        }
        return frame.html(legend.toString(), lines.toString(), marks.toString());
    }

    private static String at(ChartFrame frame, Point point) {
        return frame.across(point.x()) + " " + frame.down(point.y());
    }

    private static String key(String style, String name) {
        return "<span><i class=\"mark " + style + "\"></i>" + Html.escape(name) + "</span> ";
    }

    private static String mark(ChartFrame frame, String style, Mark mark) {
        return "<i class=\"mark " + style + "\" style=\"left:"
                + frame.left(mark.point().x()) + ";top:"
                + frame.top(mark.point().y()) + "\" title=\""
                + Html.escape(mark.told()) + "\"></i>";
    }
}
