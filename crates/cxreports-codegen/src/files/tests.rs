use std::{collections::BTreeMap, fs, io, path::PathBuf};

use super::{
    commit::{self, Step},
    disk::write_new,
    *,
};

#[test]
fn only_what_is_stale_is_written_and_extras_go() {
    let root = tempfile::tempdir().unwrap();
    let mut set = FileSet::default();
    set.own("a");
    set.add("a/one", "1");
    set.add("a/b/two", "2");
    assert_eq!(set.write(root.path()).unwrap().len(), 2);
    assert!(set.stale(root.path()).unwrap().is_empty());

    let mut next = FileSet::default();
    next.own("a");
    next.add("a/one", "1 changed");
    let shown =
        |stale: Vec<Stale>| stale.into_iter().map(|s| (s.path.display().to_string(), s.difference)).collect::<Vec<_>>();
    let expected = [("a/b/two".to_owned(), Difference::Extra), ("a/one".to_owned(), Difference::Differs)];
    assert_eq!(shown(next.stale(root.path()).unwrap()), expected);
    assert_eq!(shown(next.write(root.path()).unwrap()), expected);
    assert!(next.stale(root.path()).unwrap().is_empty());
    let left: Vec<_> = fs::read_dir(root.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["a"], "nothing of the staging is left");
}

#[test]
fn files_of_other_people_stay() {
    let root = tempfile::tempdir().unwrap();
    let mut set = FileSet::default();
    set.add("src/lib.rs", "// @generated\n");
    set.add("src/old.rs", "// @generated\n");
    set.add("src/mine.rs", "fn mine() {}\n");
    set.write(root.path()).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let kept = elsewhere.path().join("kept.rs");
    write_new(&kept, b"// @generated\n").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(elsewhere.path(), root.path().join("src/link")).unwrap();

    let mut next = FileSet::default();
    next.own_generated("src");
    next.add("src/lib.rs", "// @generated\n");
    next.write(root.path()).unwrap();
    assert!(root.path().join("src/mine.rs").exists() && !root.path().join("src/old.rs").exists());
    assert!(kept.exists(), "what a link names is not removed");
    let mut all = FileSet::default();
    all.own("src");
    all.write(root.path()).unwrap();
    assert!(!root.path().join("src").exists() && kept.exists());
}

#[test]
fn a_failure_leaves_what_was_there() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("in-the-way")).unwrap();
    let mut set = FileSet::default();
    set.add("first", "1");
    set.add("in-the-way", "a file where a folder is");
    let error = set.write(root.path()).unwrap_err();
    assert!(error.to_string().contains("in-the-way"), "{error}");
    assert!(!root.path().join("first").exists(), "nothing is put in place before all of it can be");
}

/// A copy of a folder, as an interruption at this moment would leave it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &place);
        } else {
            fs::copy(&path, &place).unwrap();
        }
    }
}

/// Every file and folder below a folder, with its contents.
fn tree(root: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let contents = if path.is_dir() { None } else { Some(fs::read(&path).unwrap()) };
            if contents.is_none() {
                open.push(path.clone());
            }
            found.insert(path.strip_prefix(root).unwrap().to_owned(), contents);
        }
    }
    found
}

#[test]
fn an_interruption_at_any_step_is_made_good_by_the_next_run() {
    let root = tempfile::tempdir().unwrap();
    let mut before = FileSet::default();
    for path in ["spec/a/pin.toml", "spec/a/swagger.json", "crates/a/src/lib.rs", "crates/a/src/old/gone.rs"] {
        before.add(path, format!("{path} before"));
    }
    before.write(root.path()).unwrap();
    let mut after = FileSet::default();
    after.own("crates");
    for path in ["spec/a/pin.toml", "spec/a/swagger.json", "crates/a/src/lib.rs", "crates/b/src/lib.rs"] {
        after.add(path, format!("{path} after"));
    }

    let snapshots = tempfile::tempdir().unwrap();
    let mut steps = Vec::new();
    let undisturbed = tempfile::tempdir().unwrap();
    copy(root.path(), undisturbed.path());
    after
        .write_with(undisturbed.path(), &mut |step| {
            copy(undisturbed.path(), &snapshots.path().join(steps.len().to_string()));
            steps.push(step);
            Ok(())
        })
        .unwrap();
    let end = tree(undisturbed.path());
    assert_eq!(steps.iter().filter(|step| **step == Step::Stage).count(), 4);
    assert_eq!(steps.iter().filter(|step| **step == Step::Place).count(), 5);

    for (index, step) in steps.iter().enumerate() {
        let place = snapshots.path().join(index.to_string());
        let journalled = matches!(step, Step::Place | Step::Clean);
        assert_eq!(is_interrupted(&place), journalled, "{step:?}");
        // Recovering may be interrupted, too: a second time finds nothing, or the rest.
        assert_eq!(recover(&place).unwrap(), journalled, "{step:?}");
        assert!(!recover(&place).unwrap());
        if journalled {
            assert_eq!(tree(&place), end, "step {index}, {step:?}");
        } else {
            assert_eq!(tree(&place), tree(root.path()), "step {index}, {step:?}");
        }
        after.write(&place).unwrap();
        assert_eq!(tree(&place), end, "step {index}, {step:?}");
    }
}

#[test]
fn what_is_changed_after_an_interruption_stays() {
    let root = tempfile::tempdir().unwrap();
    let mut set = FileSet::default();
    set.add("names.toml", "generated");
    set.add("other", "generated");
    let stopped = set.write_with(root.path(), &mut |step| match step {
        Step::Place => Err(io::Error::other("no power")),
        _ => Ok(()),
    });
    assert_eq!(stopped.unwrap_err().to_string(), "cannot write names.toml: no power");
    assert!(is_interrupted(root.path()));
    write_new(&root.path().join("names.toml"), b"by hand").unwrap();
    assert!(recover(root.path()).unwrap());
    let read = |name: &str| fs::read_to_string(root.path().join(name)).unwrap();
    assert_eq!((read("names.toml").as_str(), read("other").as_str()), ("by hand", "generated"));
}

#[test]
fn a_living_run_keeps_its_staging_folder() {
    let root = tempfile::tempdir().unwrap();
    let mut set = FileSet::default();
    set.add("one", "1");
    set.write_with(root.path(), &mut |_| {
        assert!(!is_interrupted(root.path()) && !recover(root.path()).unwrap());
        Ok(())
    })
    .unwrap();
    assert_eq!(fs::read_to_string(root.path().join("one")).unwrap(), "1");
}

#[test]
fn a_file_on_another_file_system_is_written() {
    let elsewhere = Path::new("/dev/shm");
    let Ok(folder) = tempfile::tempdir_in(elsewhere) else {
        assert!(std::env::var_os("NO_SKIPS").is_none(), "there is no {}", elsewhere.display());
        eprintln!("SKIPPED: there is no {}", elsewhere.display());
        return;
    };
    let path = folder.path().join("new/report.md");
    for text in ["first", "second"] {
        write_file(&path, text.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let here = tempfile::tempdir().unwrap();
    let staged = here.path().join("staged");
    write_new(&staged, b"third").unwrap();
    commit::put(&staged, &path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "third");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing of the staging is left");
}
