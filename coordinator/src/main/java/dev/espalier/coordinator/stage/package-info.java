/** The kinds of stages that a run is made of, one class each: what their parts are, and what workers are told of them. Pure. */
package dev.espalier.coordinator.stage;
