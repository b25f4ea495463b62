package dev.espalier.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class CursorTest {
    @Property(tries = 200)
    void whileSharesStayAsTheyAreOnlyTheNumberOfSequencesCounts(
            @ForAll @Size(min = 1, max = 4) List<@DoubleRange(min = 0.01, max = 10) Double> shares,
            @ForAll @Size(max = 5) List<@IntRange(max = 40) Integer> slices) {
        List<Cursor.Place> all = Cursor.start(shares).places(300);
        Cursor cursor = Cursor.start(shares);
        int taken = 0;
        for (int slice : slices) {
            assertThat(cursor.places(slice)).isEqualTo(all.subList(taken, taken + slice));
            cursor = cursor.after(slice).with(shares);
            taken += slice;
        }
        assertThat(cursor).isEqualTo(Cursor.start(shares).after(taken));
    }

    @Property(tries = 200)
    void whenSharesChangeEveryDomainGoesOnInItsTurn(
            @ForAll @Size(min = 1, max = 5) List<@Size(3) List<@DoubleRange(max = 3) Double>> mixes) {
        Cursor cursor = Cursor.start(List.of(1.0, 1.0, 1.0));
        long[] next = new long[3];
        for (List<Double> mix : mixes) {
            List<Double> shares = new ArrayList<>(mix);
            shares.set(1, mix.get(1) + 0.1);
            cursor = cursor.with(shares);
            long[] before = next.clone();
            for (Cursor.Place place : cursor.places(200)) {
                assertThat(place.sequence()).isEqualTo(next[place.domain()]++);
            }
            cursor = cursor.after(200);
            assertThat(cursor.next()).containsExactly(next[0], next[1], next[2]);
            double all = shares.stream().mapToDouble(share -> share).sum();
            for (int domain = 0; domain < 3; domain++) {
                assertThat((double) next[domain] - before[domain])
                        .isCloseTo(200 * shares.get(domain) / all, within(3.0));
            }
        }
    }

    @Example
    void aDomainWithoutAShareRests() {
        Cursor cursor = Cursor.start(List.of(1.0, 1.0, 1.0)).after(9);
        List<Long> before = cursor.next();
        cursor = cursor.with(List.of(0.0, 1.0, 0.0));
        assertThat(cursor.places(4)).extracting(Cursor.Place::domain).containsOnly(1);
        assertThat(cursor.after(4).next()).containsExactly(before.get(0), before.get(1) + 4, before.get(2));
    }

    @Example
    void aDomainOfASmallShareHasItsTurnHoweverOftenSharesChange() {
        Cursor cursor = Cursor.start(List.of(0.004, 0.996));
        for (int slice = 0; slice < 100; slice++) {
            cursor = cursor.with(slice % 2 == 0 ? List.of(0.004, 0.996) : List.of(0.0041, 0.9959))
                    .after(200);
        }
        assertThat(cursor.next().get(0)).as("of 20,000 sequences").isBetween(70L, 92L);
    }

    @Example
    void sharesThatDivideNothingAreRefused() {
        assertThatThrownBy(() -> Cursor.start(List.of(0.0, 0.0)).after(1)).hasMessageContaining("divide nothing");
        assertThatThrownBy(() -> Cursor.start(List.of(1.0, 1.0)).with(List.of(1.0)))
                .hasMessageContaining("2 domains with 1");
    }
}
