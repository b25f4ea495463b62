package dev.espalier.coordinator.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {
    @Property
    void aRequestedRangeIsWhatIsThereOfIt(
            @ForAll @LongRange(max = 1000) long first,
            @ForAll @LongRange(max = 1000) long last,
            @ForAll @LongRange(min = 1, max = 1000) long total)
            throws Refusal {
        Assume.that(first <= last && first < total);
        ByteRange range =
                ByteRange.requested("bytes=" + first + "-" + last, total).orElseThrow();
        assertThat(range.first()).isEqualTo(first);
        assertThat(range.end()).isEqualTo(Math.min(last + 1, total));
        assertThat(ByteRange.requested("bytes=" + first + "-", total)).contains(new ByteRange(first, total - first));
    }

    @Property
    void aSuffixIsTheEndOrAllOfIt(
            @ForAll @LongRange(min = 1, max = 1000) long suffix, @ForAll @LongRange(min = 1, max = 1000) long total)
            throws Refusal {
        ByteRange range = ByteRange.requested("bytes=-" + suffix, total).orElseThrow();
        assertThat(range.end()).isEqualTo(total);
        assertThat(range.length()).isEqualTo(Math.min(suffix, total));
    }

    @Property
    void noHeaderMakesARangeOutsideTheBlob(@ForAll String header, @ForAll @LongRange(max = 10) long total) {
        try {
            Optional<ByteRange> range = ByteRange.requested(header, total);
            assertThat(range.filter(r -> r.first() < 0 || r.length() < 1 || r.end() > total))
                    .isEmpty();
        } catch (Refusal e) {
            assertThat(e.reason()).isEqualTo(Refusal.Reason.WRONG_RANGE);
        }
    }

    @Property
    void onlyTheRestOfABlobIsTakenForAnUpload(
            @ForAll @LongRange(max = 20) long first,
            @ForAll @LongRange(max = 20) long last,
            @ForAll @LongRange(max = 20) long total,
            @ForAll @LongRange(max = 20) long length) {
        boolean fits = last == total - 1 && first + length == total && length > 0;
        try {
            ByteRange range = ByteRange.sent(Optional.of("bytes " + first + "-" + last + "/" + total), length);
            assertThat(fits).isTrue();
            assertThat(range).isEqualTo(new ByteRange(first, length));
        } catch (Refusal e) {
            assertThat(fits).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes=5-2",
                "bytes=0-1,4-5",
                "items=0-5",
                "bytes=-",
                "bytes=a-b",
                "",
                "bytes=99999999999999999999-",
                "bytes= 0-1"
            })
    void anythingElseAsksForTheWhole(String header) throws Refusal {
        assertThat(ByteRange.requested(header, 10)).isEmpty();
    }

    @Test
    void aRangeThatBeginsBeyondTheEndIsRefused() {
        assertThatThrownBy(() -> ByteRange.requested("bytes=10-12", 10)).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> ByteRange.requested("bytes=-0", 10)).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> ByteRange.requested("bytes=0-", 0)).isInstanceOf(Refusal.class);
    }
}
