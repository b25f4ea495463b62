/**
 * {@code espalier plan}: what a run will take, before it is started. Sizes come from the headers; times and memory from a
 * probe, which is a run of the same configuration with little to do. {@link dev.espalier.cli.plan.Timeline} watches it,
 * {@link dev.espalier.cli.plan.Forecast} says what the whole run makes of that.
 */
package dev.espalier.cli.plan;
