package dev.espalier.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CalibrationOrderTest {
    @Test
    void whatWasWrittenIsRead() {
        CalibrationOrder order = new CalibrationOrder(List.of("flap", "obs"));
        assertThat(order.json()).isEqualTo("{\"metrics\":[\"flap\",\"obs\"]}");
        assertThat(CalibrationOrder.read(order.json())).isEqualTo(order);
    }

    @Test
    void anEarlierVersionsOrderWantsWhateverThereIs() {
        assertThat(CalibrationOrder.read(Work.NO_ORDER).metrics()).isEmpty();
    }
}
