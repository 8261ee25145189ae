//! All files, and the names that directories know them by.

use super::image::{Image, Moment};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// A file by its identity, as an inode: names come and go while it is open.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FileId(u64);

#[derive(Clone, Default)]
pub struct Disk {
    clock: u64,
    images: HashMap<FileId, Image>,
    names: BTreeMap<PathBuf, Name>,
}

#[derive(Clone, Copy, Default)]
struct Name {
    live: Option<Entry>,
    /// Until the directory is synced, a deleted file may be back after a power cut.
    deleted: Option<(Moment, Entry)>,
}

#[derive(Clone, Copy)]
struct Entry {
    file: FileId,
    since: Moment,
    durable: bool,
}

impl Disk {
    pub fn now(&self) -> Moment {
        Moment(self.clock)
    }

    /// Whether a file whose name ends so has changes that a power cut may lose.
    pub fn has_unsynced(&self, suffix: &str) -> bool {
        let named = self.names.iter().filter(|(path, _)| path.to_str().is_some_and(|p| p.ends_with(suffix)));
        let mut files = named.filter_map(|(_, name)| name.live);
        files.any(|live| self.images.get(&live.file).is_some_and(Image::has_unsynced))
    }

    pub fn find(&self, path: &Path) -> Option<FileId> {
        Some(self.names.get(path)?.live?.file)
    }

    /// A file that somebody else left behind counts as safely on disk.
    pub fn adopt(&mut self, path: PathBuf, content: Vec<u8>) -> FileId {
        self.add(path, Image::settled(content), true)
    }

    pub fn create(&mut self, path: PathBuf) -> FileId {
        self.delete(&path);
        self.add(path, Image::default(), false)
    }

    fn add(&mut self, path: PathBuf, image: Image, durable: bool) -> FileId {
        let since = self.tick();
        let file = FileId(since.0);
        self.images.insert(file, image);
        self.names.entry(path).or_default().live = Some(Entry { file, since, durable });
        file
    }

    pub fn delete(&mut self, path: &Path) {
        let when = self.tick();
        let Some(name) = self.names.get_mut(path) else { return };
        let Some(entry) = name.live.take() else { return };
        // The oldest file of this name is the one that the directory on disk may still point to.
        name.deleted.get_or_insert((when, entry));
        self.forget_unnamed(entry.file, path);
    }

    pub fn write(&mut self, file: FileId, at: usize, bytes: &[u8]) {
        let when = self.tick();
        if let Some(image) = self.images.get_mut(&file) {
            image.write(when, at, bytes);
        }
    }

    pub fn truncate(&mut self, file: FileId, len: usize) {
        let when = self.tick();
        if let Some(image) = self.images.get_mut(&file) {
            image.truncate(when, len);
        }
    }

    /// Content and name of one file: journaling file systems commit the new name with the first sync.
    pub fn sync(&mut self, file: FileId, started: Moment) {
        if let Some(image) = self.images.get_mut(&file) {
            image.sync(started);
        }
        let paths = self.names.iter().filter(|(_, name)| name.live.is_some_and(|live| live.file == file));
        for path in paths.map(|(path, _)| path.clone()).collect::<Vec<_>>() {
            self.settle(&path, started);
        }
    }

    pub fn sync_directory_of(&mut self, path: &Path, started: Moment) {
        let siblings = self.names.keys().filter(|other| other.parent() == path.parent());
        for sibling in siblings.cloned().collect::<Vec<_>>() {
            self.settle(&sibling, started);
        }
    }

    fn settle(&mut self, path: &Path, started: Moment) {
        let Some(name) = self.names.get_mut(path) else { return };
        if let Some(live) = name.live.as_mut().filter(|live| live.since <= started) {
            live.durable = true;
        }
        if let Some((_, gone)) = name.deleted.take_if(|(when, _)| *when <= started) {
            self.forget_unnamed(gone.file, path);
        }
    }

    fn forget_unnamed(&mut self, file: FileId, path: &Path) {
        let name = self.names.get(path).copied().unwrap_or_default();
        if name.entries().all(|entry| entry.file != file) {
            self.images.remove(&file);
        }
        if name.entries().next().is_none() {
            self.names.remove(path);
        }
    }

    /// The innermost directory that holds all files.
    pub fn root(&self) -> PathBuf {
        let directories = self.names.keys().filter_map(|path| path.parent());
        directories.map(Path::to_owned).reduce(common).unwrap_or_default()
    }

    pub fn synced_only(mut self) -> Vec<(PathBuf, Vec<u8>)> {
        let names = std::mem::take(&mut self.names);
        let entries = names.into_iter().filter_map(|(path, name)| Some((path, name.durable()?)));
        entries.map(|(path, entry)| (path, self.take(entry).synced_only())).collect()
    }

    pub fn all_written(mut self) -> Vec<(PathBuf, Vec<u8>)> {
        let names = std::mem::take(&mut self.names);
        let entries = names.into_iter().filter_map(|(path, name)| Some((path, name.live?)));
        entries.map(|(path, entry)| (path, self.take(entry).all_written())).collect()
    }

    pub fn after_power_loss(mut self, rng: &mut dyn FnMut() -> u64) -> Vec<(PathBuf, Vec<u8>)> {
        let mut left = Vec::new();
        for (path, name) in std::mem::take(&mut self.names) {
            if let Some(entry) = name.after_power_loss(rng) {
                left.push((path, self.take(entry).after_power_loss(rng)));
            }
        }
        left
    }

    fn take(&mut self, entry: Entry) -> Image {
        self.images.remove(&entry.file).unwrap_or_default()
    }

    fn tick(&mut self) -> Moment {
        self.clock += 1;
        Moment(self.clock)
    }
}

impl Name {
    fn entries(self) -> impl Iterator<Item = Entry> {
        self.live.into_iter().chain(self.deleted.map(|(_, entry)| entry))
    }

    fn durable(self) -> Option<Entry> {
        self.entries().find(|entry| entry.durable)
    }

    /// Between a delete and the next create, both unsynced, there is also a moment with no file at all.
    fn after_power_loss(self, rng: &mut dyn FnMut() -> u64) -> Option<Entry> {
        if let Some(live) = self.live.filter(|live| live.durable) {
            return Some(live);
        }
        let choices = self.entries().count() as u64 + 1;
        self.entries().nth((rng() % choices) as usize)
    }
}

fn common(a: PathBuf, b: PathBuf) -> PathBuf {
    a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATABASE: &str = "/data/rota.db";
    const JOURNAL: &str = "/data/rota.db-journal";

    fn synced(disk: &mut Disk, path: &str, content: &[u8]) -> FileId {
        let file = disk.create(path.into());
        disk.write(file, 0, content);
        disk.sync(file, disk.now());
        file
    }

    fn left(disk: &Disk) -> Vec<(PathBuf, Vec<u8>)> {
        disk.clone().synced_only()
    }

    #[test]
    fn a_new_file_is_there_once_it_was_synced() {
        let mut disk = Disk::default();
        let file = disk.create(DATABASE.into());
        disk.write(file, 0, b"a");
        assert_eq!(left(&disk), []);
        disk.sync(file, disk.now());
        assert_eq!(left(&disk), [(DATABASE.into(), b"a".to_vec())]);
    }

    #[test]
    fn an_unsynced_delete_may_or_may_not_survive() {
        let mut disk = Disk::default();
        synced(&mut disk, JOURNAL, b"hot");
        disk.delete(Path::new(JOURNAL));
        let came_back = disk.clone().after_power_loss(&mut || 0);
        assert_eq!(came_back, [(JOURNAL.into(), b"hot".to_vec())]);
        assert_eq!(disk.clone().after_power_loss(&mut || 1), []);
    }

    #[test]
    fn the_sync_of_a_directory_makes_its_deletes_final() {
        let mut disk = Disk::default();
        synced(&mut disk, JOURNAL, b"hot");
        disk.delete(Path::new(JOURNAL));
        disk.sync_directory_of(Path::new(DATABASE), disk.now());
        assert_eq!(left(&disk), []);
        assert!(disk.images.is_empty() && disk.names.is_empty());
    }

    #[test]
    fn a_file_made_anew_hides_the_old_one_only_once_synced() {
        let mut disk = Disk::default();
        synced(&mut disk, JOURNAL, b"old");
        disk.delete(Path::new(JOURNAL));
        let file = disk.create(JOURNAL.into());
        disk.write(file, 0, b"new");
        assert_eq!(left(&disk), [(JOURNAL.into(), b"old".to_vec())]);
        disk.sync(file, disk.now());
        assert_eq!(left(&disk), [(JOURNAL.into(), b"new".to_vec())]);
        assert_eq!(disk.images.len(), 1);
    }

    #[test]
    fn a_file_deleted_while_open_takes_no_more_notes() {
        let mut disk = Disk::default();
        let file = disk.create(JOURNAL.into());
        disk.delete(Path::new(JOURNAL));
        disk.sync_directory_of(Path::new(JOURNAL), disk.now());
        disk.write(file, 0, b"late");
        assert!(disk.images.is_empty());
    }
}
