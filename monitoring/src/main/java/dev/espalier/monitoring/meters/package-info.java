/** What Espalier measures of itself: {@link dev.espalier.monitoring.meters.Measure} names it, recorders fill it in. */
package dev.espalier.monitoring.meters;
