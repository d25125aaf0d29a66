import { word } from "../../vocabulary.ts";
import { challenge } from "../challenge.ts";

type Bookings = { bookings: { room: string; start: number; end: number }[] };
type Room = { busy: [number, number][]; minutes: number; longest_gap: number | null };

export const mergeBookings = challenge<Bookings>({
  name: "merge_bookings",
  prompt: `Given {"bookings": [{"room", "start", "end"}]} with times in whole minutes, merge each room's bookings.
A booking covers start <= t < end; one whose end is not after its start is void and does not count, not even for the room's existence.
Bookings that overlap or touch (end of one = start of the next) become one. Return {room: {"busy": sorted list of [start, end], "minutes": total minutes
covered, "longest_gap": longest free time between two neighbouring busy spans, or None when there is only one}}.`,
  template: `def merge_bookings(data):
    """data: {"bookings": [{"room": str, "start": int, "end": int}]} -> {room: {"busy", "minutes", "longest_gap"}}"""
    return {}
`,
  examples: [
    {
      input: {
        bookings: [
          { room: "a", start: 30, end: 40 },
          { room: "a", start: 0, end: 10 },
          { room: "a", start: 10, end: 20 },
          { room: "b", start: 5, end: 5 },
          { room: "c", start: -5, end: 5 },
        ],
      },
      output: {
        a: {
          busy: [
            [0, 20],
            [30, 40],
          ],
          minutes: 30,
          longest_gap: 10,
        },
        c: { busy: [[-5, 5]], minutes: 10, longest_gap: null },
      },
    },
  ],
  generate(random, size) {
    const rooms = Array.from({ length: Math.max(2, Math.ceil(size / 12)) }, () => word(random));
    const bookings = Array.from({ length: size * 3 }, () => {
      const start = random.integer(1_440) - 120;
      return { room: random.pick(rooms), start, end: start + random.integer(45) - 3 };
    });
    const touching = bookings
      .slice(0, size)
      .map(({ room, end }) => ({ room, start: end, end: end + 1 + random.integer(9) }));
    return { bookings: random.shuffle([...bookings, ...touching]) };
  },
  solve({ bookings }) {
    const rooms: Record<string, Room> = {};
    for (const { room, start, end } of [...bookings].sort((a, b) => a.start - b.start)) {
      if (end <= start) continue;
      const { busy } = (rooms[room] ??= { busy: [], minutes: 0, longest_gap: null });
      const last = busy.at(-1);
      if (last && start <= last[1]) last[1] = Math.max(last[1], end);
      else busy.push([start, end]);
    }
    for (const room of Object.values(rooms)) {
      room.minutes = room.busy.reduce((sum, [start, end]) => sum + end - start, 0);
      const gaps = room.busy.slice(1).map(([start], at) => start - (room.busy[at]?.[1] ?? 0));
      room.longest_gap = gaps.length === 0 ? null : Math.max(...gaps);
    }
    return rooms;
  },
});
