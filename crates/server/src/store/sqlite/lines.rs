//! What waits for the writer: two lines that take turns, so that intake waits for one other transaction at most, however many
//! are queued, and the others for one batch each.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Intake,
    Other,
}

pub enum Message<W> {
    Work(Line, W),
    /// Everything queued before it is done, then the lines end.
    End,
}

pub struct Lines<W> {
    incoming: Receiver<Message<W>>,
    intake: VecDeque<W>,
    others: VecDeque<W>,
    last: Line,
    ended: bool,
}

impl<W> Lines<W> {
    pub fn new(incoming: Receiver<Message<W>>) -> Self {
        Self { incoming, intake: VecDeque::new(), others: VecDeque::new(), last: Line::Other, ended: false }
    }

    fn sort(&mut self, message: Message<W>) {
        match message {
            Message::Work(Line::Intake, work) => self.intake.push_back(work),
            Message::Work(Line::Other, work) => self.others.push_back(work),
            Message::End => self.ended = true,
        }
    }

    fn of(&mut self, line: Line) -> &mut VecDeque<W> {
        match line {
            Line::Intake => &mut self.intake,
            Line::Other => &mut self.others,
        }
    }
}

impl<W> Iterator for Lines<W> {
    type Item = W;

    /// Waits for the next piece; `None` at the end.
    fn next(&mut self) -> Option<W> {
        if !self.ended && self.intake.is_empty() && self.others.is_empty() {
            let message = self.incoming.recv().ok()?;
            self.sort(message);
        }
        while !self.ended
            && let Ok(message) = self.incoming.try_recv()
        {
            self.sort(message);
        }
        let lines = match self.last {
            Line::Intake => [Line::Other, Line::Intake],
            Line::Other => [Line::Intake, Line::Other],
        };
        let (line, work) = lines.into_iter().find_map(|line| Some((line, self.of(line).pop_front()?)))?;
        self.last = line;
        Some(work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};

    fn lines() -> (Sender<Message<&'static str>>, Lines<&'static str>) {
        let (queue, incoming) = channel();
        (queue, Lines::new(incoming))
    }

    #[test]
    fn the_lines_take_turns_and_each_keeps_its_order() {
        let (queue, mut lines) = lines();
        for (line, work) in [
            (Line::Other, "a"),
            (Line::Other, "b"),
            (Line::Other, "c"),
            (Line::Intake, "1"),
            (Line::Intake, "2"),
        ] {
            queue.send(Message::Work(line, work)).unwrap();
        }
        assert_eq!(lines.by_ref().take(5).collect::<Vec<_>>(), ["1", "a", "2", "b", "c"]);
        queue.send(Message::Work(Line::Other, "d")).unwrap();
        assert_eq!(lines.next(), Some("d"));
        queue.send(Message::Work(Line::Other, "e")).unwrap();
        queue.send(Message::Work(Line::Intake, "3")).unwrap();
        assert_eq!(lines.by_ref().take(2).collect::<Vec<_>>(), ["3", "e"]);
    }

    #[test]
    fn what_was_queued_before_the_end_is_done() {
        let (queue, mut lines) = lines();
        queue.send(Message::Work(Line::Other, "a")).unwrap();
        queue.send(Message::Work(Line::Intake, "1")).unwrap();
        queue.send(Message::End).unwrap();
        queue.send(Message::Work(Line::Other, "too late")).unwrap();
        assert_eq!(lines.by_ref().collect::<Vec<_>>(), ["1", "a"]);
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn lines_into_which_nobody_can_queue_any_more_end() {
        let (queue, mut lines) = lines();
        queue.send(Message::Work(Line::Other, "a")).unwrap();
        drop(queue);
        assert_eq!(lines.by_ref().collect::<Vec<_>>(), ["a"]);
    }
}
