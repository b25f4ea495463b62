package dev.espalier.coordinator.report;

import java.util.ArrayList;
import java.util.List;

/** Fewer points of the same look: "largest triangle three buckets" (S. Steinarsson, MSc thesis, Iceland 2013). */
public final class Downsampling {
    private Downsampling() {}

    /**
     * Keeps the first and the last point, and of each of the buckets between the one that spans the largest triangle
     * with its neighbours: peaks survive, which averaging would level.
     *
     * @param points in the order of x
     * @param most at least 3
     */
    public static List<Point> largestTriangles(List<Point> points, int most) {
        int count = points.size();
        if (count <= most) {
            return points;
        }
        List<Point> chosen = new ArrayList<>(most);
        chosen.add(points.get(0));
        int buckets = most - 2;
        for (int bucket = 0; bucket < buckets; bucket++) {
            int from = start(bucket, buckets, count);
            int to = start(bucket + 1, buckets, count);
            Point after = bucket + 1 == buckets
                    ? points.get(count - 1)
                    : mean(points.subList(to, start(bucket + 2, buckets, count)));
            Point before = chosen.get(chosen.size() - 1);
            Point best = points.get(from);
            double largest = -1;
            for (Point point : points.subList(from, to)) {
                double area = Math.abs((before.x() - after.x()) * (point.y() - before.y())
                        - (before.x() - point.x()) * (after.y() - before.y()));
                if (area > largest) {
                    largest = area;
                    best = point;
                }
            }
            chosen.add(best);
        }
        chosen.add(points.get(count - 1));
        return chosen;
    }

    private static int start(int bucket, int buckets, int count) {
        return 1 + (int) ((long) bucket * (count - 2) / buckets);
    }

    private static Point mean(List<Point> points) {
        double x = 0;
        double y = 0;
        for (Point point : points) {
            x += point.x();
            y += point.y();
        }
        return new Point(x / points.size(), y / points.size());
    }
}
