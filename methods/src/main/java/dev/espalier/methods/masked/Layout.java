package dev.espalier.methods.masked;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What masks are drawn of, in its order. */
public record Layout(List<Part> parts) {

    /** Kinds of units; blocks of FFN channels are units. */
    public enum Kind {
        LAYERS,
        BLOCKS,
        HEADS,
        FFN
    }

    /** @param layer 0 where a part is of all layers */
    public record Part(Kind kind, int layer, int units) {}

    public Layout {
        parts = List.copyOf(parts);
    }

    public int units() {
        return parts.stream().mapToInt(Part::units).sum();
    }

    /** What is done with a part. */
    public interface Visitor {
        /** @param from place of its first unit */
        void part(Part part, int from);
    }

    public void forEach(Visitor visitor) {
        int from = 0;
        for (Part part : parts) {
            visitor.part(part, from);
            from += part.units();
        }
    }

    /** {@code heads/0/3,ffn/0/48,...}: kind, layer, units. */
    public String text() {
        return parts.stream()
                .map(part -> part.kind().name().toLowerCase(Locale.ROOT) + "/" + part.layer() + "/" + part.units())
                .collect(Collectors.joining(","));
    }

    /** What {@link #text} wrote. */
    public static Layout read(String text) {
        List<Part> parts = new ArrayList<>();
        Arrays.stream(text.split(",")).map(part -> part.split("/")).forEach(words -> {
            Kind kind = Kind.valueOf(words[0].toUpperCase(Locale.ROOT));
            parts.add(new Part(kind, Integer.parseInt(words[1]), Integer.parseInt(words[2])));
        });
        return new Layout(parts);
    }
}
