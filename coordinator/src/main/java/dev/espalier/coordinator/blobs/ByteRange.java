package dev.espalier.coordinator.blobs;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a blob.
 *
 * @param first offset of its first byte
 * @param length in bytes
 */
record ByteRange(long first, long length) {
    // 18 digits always fit into a long.
    private static final Pattern REQUESTED = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");
    private static final Pattern SENT = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

    /**
     * What a {@code Range} header asks for, after RFC 9110: a range without an end, a suffix, an end beyond the end.
     * Several ranges, other units and nonsense ask for nothing: the whole is sent, as the RFC allows.
     *
     * @throws Refusal if it begins beyond the end
     */
    static Optional<ByteRange> requested(String header, long total) throws Refusal {
        Matcher range = REQUESTED.matcher(header);
        if (!range.matches() || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
            return Optional.empty();
        }
        long first;
        long last = total - 1;
        if (range.group(1).isEmpty()) {
            first = Math.max(0, total - Long.parseLong(range.group(2)));
        } else {
            first = Long.parseLong(range.group(1));
            if (!range.group(2).isEmpty()) {
                long wanted = Long.parseLong(range.group(2));
                if (wanted < first) {
                    return Optional.empty();
                }
                last = Math.min(last, wanted);
            }
        }
        if (first >= total) {
            throw new Refusal(Refusal.Reason.WRONG_RANGE, "the range begins beyond the " + total + " bytes");
        }
        return Optional.of(new ByteRange(first, last - first + 1));
    }

    /**
     * What an upload sends: the rest of the blob from an offset on.
     *
     * @param header its {@code Content-Range}, or empty for the whole
     * @param length its {@code Content-Length}
     * @throws Refusal if the two do not fit together
     */
    static ByteRange sent(Optional<String> header, long length) throws Refusal {
        if (header.isEmpty()) {
            return new ByteRange(0, length);
        }
        Matcher range = SENT.matcher(header.get());
        if (range.matches()) {
            long first = Long.parseLong(range.group(1));
            long last = Long.parseLong(range.group(2));
            long total = Long.parseLong(range.group(3));
            if (last == total - 1 && length > 0 && last - first + 1 == length) {
                return new ByteRange(first, length);
            }
        }
        throw new Refusal(
                Refusal.Reason.WRONG_CONTENT_RANGE,
                "Content-Range must be \"bytes FIRST-LAST/TOTAL\", reach to the last byte and fit Content-Length");
    }

    /** Offset after the last byte. */
    long end() {
        return first + length;
    }
}
