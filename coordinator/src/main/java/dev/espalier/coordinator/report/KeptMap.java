package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Kept;
import dev.espalier.coordinator.report.ReportData.Layer;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Heads and FFN channels that are left, a row per layer, ordered as in the dense model. */
public final class KeptMap {
    static final int MOST_BINS = 96;

    private KeptMap() {}

    /** @param rounds what each round of pruning left: the last is drawn, with how much the others had left */
    static String html(List<Kept> rounds) {
        Kept kept = rounds.get(rounds.size() - 1);
        List<Kept> earlier = rounds.subList(0, rounds.size() - 1);
        StringBuilder page = new StringBuilder();
        page.append("<div class=\"kept\" role=\"group\" aria-label=\"kept structures by layer\">\n");
        page.append("<div class=\"row head\"><span>layer</span><span>").append(Html.escape(kept.headUnit()));
        page.append("</span><span>FFN channels</span><span>FFN kept</span></div>\n");
        for (int i = 0; i < kept.layers().size(); i++) {
            int layer = i;
            row(page, i, kept.layers().get(i), earlier, round -> round.layers().get(layer));
        }
        page.append("</div>\n");
        legend(page, "share kept in a bin: 0 %");
        if (!earlier.isEmpty()) {
            page.append("<p class=\"note\">Left after ").append(kept.pruning()).append("; paler bars: after ");
            page.append(earlier.stream().map(round -> round.pruning().word()).collect(Collectors.joining(", ")));
            page.append(".</p>\n");
        }
        if (kept.hiddenSize() > 0) {
            page.append("<p class=\"note\">Hidden channels kept: ")
                    .append(kept.hidden().cardinality());
            page.append(" of ").append(kept.hiddenSize()).append(".</p>\n");
        }
        return page.toString();
    }

    /** Shares of set bits in at most {@link #MOST_BINS} bins of neighbours. */
    public static double[] shares(BitSet bits, int size) {
        int bins = Math.min(size, MOST_BINS);
        double[] shares = new double[bins];
        for (int bin = 0; bin < bins; bin++) {
            int from = (int) ((long) bin * size / bins);
            int to = (int) ((long) (bin + 1) * size / bins);
            shares[bin] = (double) bits.get(from, to).cardinality() / (to - from);
        }
        return shares;
    }

    private static void row(
            StringBuilder page, int index, Layer layer, List<Kept> earlier, Function<Kept, Layer> same) {
        page.append("<div class=\"row\" title=\"layer ").append(index).append(": ");
        page.append(layer.headsKept()).append(" of ").append(layer.headCount()).append(" heads, ");
        page.append(layer.channelsKept())
                .append(" of ")
                .append(layer.channelCount())
                .append(" channels");
        for (Kept round : earlier) {
            Layer then = same.apply(round);
            page.append("; after ").append(round.pruning()).append(' ').append(then.headsKept());
            page.append(" and ").append(then.channelsKept());
        }
        page.append("\"><span>").append(index).append("</span>");
        strip(page, "heads", shares(layer.heads(), layer.headCount()));
        strip(page, "channels", shares(layer.channels(), layer.channelCount()));
        page.append("<span class=\"bar\">");
        earlier.forEach(round -> bar(page, " class=\"before\"", same.apply(round)));
        bar(page, "", layer);
        page.append("<b>").append(Figures.percent(layer.channelShare())).append("</b></span></div>\n");
    }

    private static void bar(StringBuilder page, String attributes, Layer layer) {
        double percent = 100 * layer.channelShare();
        page.append(String.format(Locale.ROOT, "<i%s style=\"width:%.1f%%\"></i>", attributes, percent));
    }

    /** @param shares 0..1, a shade each */
    static void strip(StringBuilder page, String kind, double[] shares) {
        page.append("<svg class=\"").append(kind).append("\" viewBox=\"0 0 ").append(Math.max(1, shares.length));
        page.append(" 1\" preserveAspectRatio=\"none\">");
        for (int i = 0; i < shares.length; i++) {
            page.append("<rect class=\"s")
                    .append(shade(shares[i]))
                    .append("\" x=\"")
                    .append(i)
                    .append("\"/>");
        }
        page.append("</svg>");
    }

    /** @param least what the palest shade says */
    static void legend(StringBuilder page, String least) {
        page.append("<p class=\"legend ramp\"><span>").append(least).append("</span>");
        for (int tenth = 0; tenth <= 10; tenth++) {
            page.append("<i class=\"s").append(tenth).append("\"></i>");
        }
        page.append("<span>100 %</span></p>\n");
    }

    /** Tenths, as classes of report.css. A bin is only empty or full if all of it is. */
    private static long shade(double share) {
        return share == 0 || share == 1 ? Math.round(10 * share) : Math.min(9, Math.max(1, Math.round(10 * share)));
    }
}
