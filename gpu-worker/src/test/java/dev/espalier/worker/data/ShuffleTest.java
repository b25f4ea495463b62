package dev.espalier.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ShuffleTest {
    @Property(tries = 200)
    void everyElementAppearsOnce(@ForAll @IntRange(min = 1, max = 2000) int size, @ForAll long key) {
        Shuffle shuffle = new Shuffle(size, key);
        assertThat(LongStream.range(0, size).map(shuffle::at).sorted())
                .containsExactlyElementsOf(LongStream.range(0, size).boxed().toList());
    }

    @Property(tries = 200)
    void largeRangesStayInside(@ForAll @IntRange(min = 0) int offset, @ForAll long key) {
        long size = (1L << 40) + offset;
        assertThat(new Shuffle(size, key).at(size - 1)).isBetween(0L, size - 1);
    }

    @Example
    void theOrderIsMixedAndDependsOnTheKey() {
        Shuffle one = new Shuffle(1000, 1);
        Shuffle two = new Shuffle(1000, 2);
        long unmoved = LongStream.range(0, 1000).filter(i -> one.at(i) == i).count();
        long neighbours = LongStream.range(1, 1000)
                .filter(i -> Math.abs(one.at(i) - one.at(i - 1)) == 1)
                .count();
        long equal =
                LongStream.range(0, 1000).filter(i -> one.at(i) == two.at(i)).count();
        // about 1, 2 and 1 are expected of random orders
        assertThat(unmoved).isLessThan(10);
        assertThat(neighbours).isLessThan(12);
        assertThat(equal).isLessThan(10);
    }

    @Example
    void placesOutsideAreRefused() {
        assertThatThrownBy(() -> new Shuffle(5, 0).at(5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new Shuffle(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
