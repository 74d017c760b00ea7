//! The browser's database, `IndexedDB`. It may be forbidden or full.

use wasm_bindgen::{JsValue, closure::Closure};

use super::js::{call, get, set, settled};

/// A database with one store.
pub(super) struct Database {
    pub(super) name: String,
    pub(super) store: &'static str,
}

impl Database {
    /// Makes requests to the store in one transaction. Returns the result of the one that `act`
    /// returns. The database is closed after it, so that it can be deleted at any time.
    ///
    /// # Errors
    /// Fails if the transaction does.
    pub(super) async fn transact(
        &self,
        mode: &str,
        act: impl FnOnce(&JsValue) -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue> {
        let opening = call(&factory(), "open", &[&self.name.as_str().into(), &1.into()])?;
        let create = {
            let (opening, store) = (opening.clone(), self.store);
            Closure::once(move || {
                let _ = call(&get(&opening, "result"), "createObjectStore", &[&store.into()]);
            })
        };
        set(&opening, "onupgradeneeded", create.as_ref());
        let opened = settled(&opening, "onsuccess", "onerror").await;
        drop(create); // it was called before, or never will be
        opened?;
        let database = get(&opening, "result");
        let result = self.in_store(&database, mode, act).await;
        let _ = call(&database, "close", &[]);
        result
    }

    async fn in_store(
        &self,
        database: &JsValue,
        mode: &str,
        act: impl FnOnce(&JsValue) -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue> {
        let transaction = call(database, "transaction", &[&self.store.into(), &mode.into()])?;
        let store = call(&transaction, "objectStore", &[&self.store.into()])?;
        let request = act(&store)?;
        settled(&transaction, "oncomplete", "onabort").await?;
        Ok(get(&request, "result"))
    }

    /// Deletes the database. It ends once no page uses it.
    pub(super) fn delete(&self) {
        let _ = call(&factory(), "deleteDatabase", &[&self.name.as_str().into()]);
    }
}

fn factory() -> JsValue {
    get(&js_sys::global(), "indexedDB")
}
