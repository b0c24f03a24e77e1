// SPDX-License-Identifier: Apache-2.0

// Uses two packages that skep gen go wrote, of examples/flows and of test/objects/gen_types.bpf.c, and
// panics where something is not as it should be.
package main

import (
	"errors"
	"fmt"

	"example/flows"
	"example/types"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func expect(ok bool, what string) {
	if !ok {
		panic("not so: " + what)
	}
}

// An Ethernet frame with IPv4 and UDP, from port 1000 to `port`.
func frame(port byte) []byte {
	out := make([]byte, 60)
	copy(out[12:], []byte{8, 0, 0x45, 0, 0, 46})
	copy(out[22:], []byte{64, 17})
	copy(out[26:], []byte{10, 0, 0, 1, 10, 0, 0, 2, 1000 >> 8, 1000 & 255, 0, port, 0, 26})
	return out
}

func useFlows() {
	o, err := flows.Open()
	must(err)
	defer o.Close()
	expect(o.Rodata.MaxFlows == 4096, "max_flows as the object has it")
	_, err = o.RunCountFlows(frame(53))
	expect(errors.Is(err, flows.Error(-1)), "not loaded: EPERM")
	o.Rodata.MaxFlows = 2
	must(o.Load())
	must(o.Maps.Rules.Update(flows.RuleKey{Port: 54, Protocol: 17}, 1, 0))
	for _, want := range []struct {
		port byte
		r0   uint64
	}{{53, 2}, {53, 2}, {54, 1}, {55, 2}} {
		r0, err := o.RunCountFlows(frame(want.port))
		must(err)
		expect(r0 == want.r0, fmt.Sprint("port ", want.port, ": ", r0))
	}
	expect(o.Bss.FlowCount == 2 && o.Bss.FlowsMissed == 1, "variables after the runs")
	packets := uint64(0)
	must(o.Maps.Flows.Each(func(key flows.FlowKey, value flows.Flow) bool {
		expect(key.SrcPort == 1000 && key.Protocol == 17, "the key of a flow")
		packets += value.Packets
		found, err := o.Maps.Flows.Lookup(key)
		expect(err == nil && found == value, "the flow by its key")
		return true
	}))
	expect(packets == 3, "packets of all flows")
	_, err = o.Maps.Flows.Lookup(flows.FlowKey{})
	expect(errors.Is(err, flows.NotFound), "no such flow")
	must(o.Maps.Rules.Delete(flows.RuleKey{Port: 54, Protocol: 17}))
	expect(o.Maps.Rules.Delete(flows.RuleKey{}) == flows.NotFound, "no such rule")
	counters, err := o.Maps.Counters.Lookup(2)
	must(err)
	expect(len(counters) > 0, "a counter for each cpu")
	must(o.Maps.Counters.Update(2, counters, 0))
	expect(o.Maps.Counters.Update(2, counters[1:], 0) != nil, "values for fewer cpus")
	for i := 0; i < 2; i++ {
		record, err := o.Maps.Events.Next()
		must(err)
		expect(len(record) == 52, "the size of an event")
	}
	record, err := o.Maps.Events.Next()
	expect(record == nil && err == nil, "no third event")
	err = o.Load()
	expect(err != nil && err.Error() != "", "a second load")
}

func useTypes() {
	o, err := types.Open()
	must(err)
	defer o.Close()
	o.Rodata.Rate = 10
	must(o.Load())
	r0, err := o.RunExport([]byte{0xaa, 0xbb})
	must(err)
	expect(r0 == 2 && o.Bss.Counter == 10 && o.Data.Class.This == 5, "variables")
	expect(o.Bss.Node.At[1][2].Y == -9 && o.Bss.Node.Color == types.RED, "a structure")
	expect(o.Bss.Node.Wide == types.WIDE_TOP && o.Bss.Node.Deep == types.DEEP, "enumerations")
	expect(o.Bss.Bits.Plain == 0xbb && o.Data.Tight.B[0] == 9, "bytes for what Go has not")
	value, err := o.Maps.Virtual.Lookup(types.Gaps{A: 0xaa, D: 1 << 40})
	must(err)
	expect(value.Deep == types.DEEP, "a value by a key with padding")
	r0, err = o.RunSwitch([]byte{})
	expect(r0 == 10 && err == nil, "a socket filter over no packet")
}

func main() {
	useFlows()
	useTypes()
	fmt.Println("done")
}
